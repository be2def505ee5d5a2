"""What may be seen of settings: by their names, and by what their values look like."""

import re

HIDDEN = "****"
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|KEY", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(://[^:@/?#\s]*:)[^\s]*(@)")
_PARAMETER = re.compile(r"(?i)\b([a-z_]*(?:password|token|secret)[a-z_]*\s*=\s*)('(?:[^'\\]|\\.)*'|[^&\s]+)")
_CONNECTION = re.compile(r"CONNECTION_[A-Z0-9_]+?__(?=[A-Z])")


def hidden(name: str, value: str) -> str:
    """`value` without what must not be seen."""
    if is_secret(name):
        return HIDDEN
    return _PARAMETER.sub(rf"\g<1>{HIDDEN}", _URL_PASSWORD.sub(rf"\g<1>{HIDDEN}\g<2>", value))


def is_secret(name: str) -> bool:
    """Whether a setting's name says that nobody must see its value."""
    return _SECRET.search(_CONNECTION.sub("", name)) is not None
