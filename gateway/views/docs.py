"""The interface's own description: an OpenAPI document, and a page that shows it without the internet."""

from flask import Blueprint

blueprint = Blueprint("docs", __name__, url_prefix="/api")
