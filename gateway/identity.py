"""Who is calling, and what the request is called: both from headers that a proxy may have set."""

from os import urandom
from typing import Protocol

from gateway.config import Config

LONGEST_CALLER = 255  # characters
LONGEST_REQUEST_ID = 128  # characters


class Headers(Protocol):
    """Request headers: a werkzeug `Headers`, or any mapping with the names spelled as here."""

    def get(self, key: str, /) -> str | None:
        """The header's value, if it was sent."""


def caller(headers: Headers, config: Config) -> str:
    """Whom the proxy of a Databricks App says is calling; elsewhere the configured local user."""
    if config.app_name is None:
        return config.local_user
    named = believed(headers, "X-Forwarded-Email") or believed(headers, "X-Forwarded-User")
    return named or config.local_user


def believed(headers: Headers, name: str) -> str | None:
    """The header's value, if it can be the name of somebody."""
    value = decoded(headers.get(name) or "").strip()
    return value if value.isprintable() and 0 < len(value) <= LONGEST_CALLER else None


def decoded(value: str) -> str:
    """A header's text: WSGI hands over its bytes as Latin-1, and proxies send UTF-8."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def request_id(headers: Headers) -> str:
    """The caller's `X-Request-Id`, if it is 1 to 128 printable ASCII characters, else a new one."""
    value = headers.get("X-Request-Id")
    if value and len(value) <= LONGEST_REQUEST_ID and value.isascii() and value.isprintable():
        return value
    return urandom(16).hex()
