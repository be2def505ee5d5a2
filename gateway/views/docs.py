"""The interface's own description: an OpenAPI document, and a page that shows it without the internet."""

from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, request, send_file
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

blueprint = Blueprint("docs", __name__, url_prefix="/api")

DOCUMENT = "lakegate.openapi"
YEAR = 365 * 24 * 3600  # seconds
_OWN_FILES = Path(__file__).with_name("pages")
OWN = ("page.js", "page.css")
SWAGGER_UI = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
# Swagger UI sets styles inline and draws icons from data: URLs; scripts and requests are our own alone.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@blueprint.get("/openapi.json")
def openapi() -> AnyResponse:
    """The OpenAPI document."""
    answer = Response(_document(), mimetype="application/json")
    answer.headers["Cache-Control"] = "no-cache"  # that is: ask whether it changed
    answer.add_etag()
    return answer.make_conditional(request)


@blueprint.get("/docs")
def page() -> Response:
    """The page that shows the document."""
    html = (_OWN_FILES / "index.html").read_text()
    html = html.replace("{version}", _swagger_ui("VERSION").read_text().strip())
    answer = Response(html, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


@blueprint.get("/docs/")
def misspelled_page() -> AnyResponse:
    """The way to the page: it looks for its files from where it is."""
    return redirect("../docs", HTTPStatus.PERMANENT_REDIRECT)


@blueprint.get("/docs/<name>")
def asset(name: str) -> Response:
    """A file that the page loads; those of a release of Swagger UI never change."""
    if name in OWN:
        return send_file(_OWN_FILES / name)
    if name in SWAGGER_UI:
        return send_file(_swagger_ui(name), max_age=YEAR)
    raise NotFound


def _document() -> bytes:
    """The app's document, made when it is first asked for."""
    found: bytes | None = current_app.extensions.get(DOCUMENT)
    if found is None:
        from gateway.openapi import document  # apispec costs memory, and most processes are never asked

        found = current_app.extensions[DOCUMENT] = document(current_app)
    return found


def _swagger_ui(name: str) -> Path:
    """A file of the package's; it is not imported, for it is only files."""
    package = find_spec("flask_swagger_ui")
    if package is None or package.origin is None:
        raise NotFound
    return Path(package.origin).with_name("dist") / name
