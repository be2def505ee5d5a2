"""Settings read from an environment: a wrong one is an error that names the variable and what it takes."""

from collections.abc import Mapping


class SettingError(ValueError):
    """A setting is missing or malformed; the text names the variable and what it takes."""


def required(env: Mapping[str, str], name: str) -> str:
    """The text of `name`.

    Raises:
        SettingError: it is not set, or empty.
    """
    if not (text := env.get(name, "")):
        raise SettingError(f"{name} is not set")
    return text


def whole(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """`name` as a whole number.

    Raises:
        SettingError: it is not a whole number from `least` to `most`.
    """
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 19 and least <= int(text) <= most):
        raise SettingError(f"{name} takes a whole number from {least} to {most}, not {text!r}")
    return int(text)


def choice(env: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    """`name` as one of `choices`, in any case.

    Raises:
        SettingError: it is none of them.
    """
    text = (env.get(name) or default).lower()
    if text not in choices:
        raise SettingError(f"{name} takes one of {', '.join(choices)}, not {text!r}")
    return text


def named(env: Mapping[str, str], name: str, default: str) -> str:
    """`name` as the name of a catalog or schema.

    Raises:
        SettingError: it is longer than 255 characters, or has control characters in it.
    """
    text = env.get(name) or default
    if len(text) > 255 or not text.isprintable():
        raise SettingError(f"{name} takes a name of 1 to 255 printable characters, not {text[:40]!r}")
    return text
