"""HTTP in, HTTP out: a REST gateway over whichever database the environment names."""

from collections.abc import Mapping

from flask import Flask

from backends import open_backend
from gateway import errors
from gateway.cli import cli
from gateway.config import Config
from gateway.service import Gateway
from gateway.views import ENVIRONMENT, EXTENSION, docs, health, named_answer, records, tables


def create_app(env: Mapping[str, str]) -> Flask:
    """The WSGI application that an environment describes; it connects when it is first asked.

    Raises:
        SettingError: a setting is missing or malformed.
    """
    config = Config.from_env(env)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = config.max_body_bytes
    app.extensions[EXTENSION] = Gateway(config, open_backend(config.backend, env))
    app.extensions[ENVIRONMENT] = env
    app.after_request(named_answer)
    errors.register(app)
    for view in (records, tables, health, docs):
        app.register_blueprint(view.blueprint)
    app.cli.add_command(cli)
    return app
