"""HTTP in, HTTP out: a REST gateway over whichever database the environment names."""

from collections.abc import Mapping

from flask import Flask

from backends import open_backend
from backends.env import SettingError
from gateway import errors
from gateway.app import App
from gateway.cli import cli
from gateway.config import Config
from gateway.identity import named_requests
from gateway.migrations import Revisions
from gateway.places import Places
from gateway.provisioning import Databases
from gateway.service import Gateway
from gateway.transfers import DEFAULT, Connection, Connections, Transfers
from gateway.views import (
    ENVIRONMENT,
    EXTENSION,
    databases,
    docs,
    health,
    migrations,
    preflight,
    records,
    tables,
    transfers,
)


def create_app(env: Mapping[str, str]) -> Flask:
    """The WSGI application that an environment describes; it connects when it is first asked.

    Raises:
        SettingError: a setting is missing or malformed.
    """
    config = Config.from_env(env)
    backend = open_backend(config.backend, env)
    if config.run_as == "user" and "GATEWAY_RUN_AS" not in backend.settings:
        raise SettingError(f"GATEWAY_RUN_AS=user: in {config.backend} statements run as the gateway")
    app = App(__name__, static_folder=None)
    # one byte more than allowed: werkzeug cuts a chunked body off there without a word, and the views see it
    app.config["MAX_CONTENT_LENGTH"] = config.max_body_bytes + 1
    connections = Connections(Connection(DEFAULT, config.backend, backend), env)
    app.extensions[EXTENSION] = Gateway(
        config,
        backend,
        Places(config.max_streams),
        Revisions(config.migrations),
        Transfers(connections, config.transfer_bytes, config.rejects),
        Databases(env),
    )
    app.extensions[ENVIRONMENT] = env
    app.wsgi_app = named_requests(app.wsgi_app)  # type: ignore[assignment, method-assign]
    errors.register(app)
    for view in (records, tables, migrations, transfers, databases, preflight, health, docs):
        app.register_blueprint(view.blueprint)
    app.cli.add_command(cli)
    return app
