"""Who is calling, and what the request is called: both from headers that a proxy may have set."""

from collections.abc import Callable, Iterable, Mapping
from random import getrandbits
from typing import TYPE_CHECKING, Any

from backends.errors import Forbidden
from gateway.config import Config

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CALLER = "lakegate.caller"  # in the WSGI environment, for the access log
REQUEST_ID = "lakegate.request_id"
LONGEST_CALLER = 255  # characters
LONGEST_REQUEST_ID = 128  # characters


def caller(environ: Mapping[str, Any], config: Config) -> str:
    """Whom the proxy of a Databricks App says is calling; elsewhere the configured local user."""
    if config.app_name is None:
        return config.local_user
    named = believed(environ, "HTTP_X_FORWARDED_EMAIL") or believed(environ, "HTTP_X_FORWARDED_USER")
    return named or config.local_user


def refuse_stranger(name: str, config: Config) -> None:
    """Let only `GATEWAY_ADMINS` change structure and move data on a Databricks App; elsewhere everybody may.

    Raises:
        Forbidden: the caller is none of them.
    """
    if config.app_name is not None and name.lower() not in config.admins:
        raise Forbidden(f'"{name}" is not among GATEWAY_ADMINS, who alone may do this')


def refuse_other_sites(environ: Mapping[str, Any]) -> None:
    """Let no page of another origin have a browser change anything in its user's name.

    Browsers say in `Sec-Fetch-Site` whose page asks (https://www.w3.org/TR/fetch-metadata/); a form is
    sent without asking first. What is no browser sends no such header.

    Raises:
        Forbidden: the page is another's, and the request changes something.
    """
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return
    if environ.get("HTTP_SEC_FETCH_SITE", "none") not in ("none", "same-origin"):
        raise Forbidden("a browser sends this for a page of another site, which may change nothing here")


def token(environ: Mapping[str, Any]) -> str | None:
    """The caller's own bearer token, which the proxy of a Databricks App forwards where it may.

    It proves itself: unlike a name it may be taken from any client.
    """
    return environ.get("HTTP_X_FORWARDED_ACCESS_TOKEN") or None


def believed(environ: Mapping[str, Any], name: str) -> str | None:
    """The header's value, if it can be the name of somebody."""
    value = decoded(environ.get(name) or "").strip()
    return value if value.isprintable() and 0 < len(value) <= LONGEST_CALLER else None


def decoded(value: str) -> str:
    """A header's text: WSGI hands over its bytes as Latin-1, and proxies send UTF-8."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def request_id(environ: Mapping[str, Any]) -> str:
    """The caller's `X-Request-Id`, if it is 1 to 128 printable ASCII characters, else a new one."""
    value = environ.get("HTTP_X_REQUEST_ID")
    if value and len(value) <= LONGEST_REQUEST_ID and value.isascii() and value.isprintable():
        return str(value)
    # no secret; the operating system's own numbers would cost every request a change of threads
    return f"{getrandbits(128):032x}"


def named_requests(application: "WSGIApplication") -> "WSGIApplication":
    """The application, every answer of which carries its request's id; it is `environ[REQUEST_ID]` inside."""

    def named(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        name = environ[REQUEST_ID] = request_id(environ)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            headers.append(("X-Request-Id", name))
            return start_response(status, headers, *error)

        return application(environ, start)

    return named
