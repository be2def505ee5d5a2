"""The workspace in one process: Postgres, the data plane before it, the control plane, and an app."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.workspace.admission import Admission, Target
from tests.workspace.certificates import Certificates, issue
from tests.workspace.control.hosting import Hosting
from tests.workspace.control.plane import DOMAIN, ControlPlane
from tests.workspace.control.server import Server
from tests.workspace.control.switches import Switches
from tests.workspace.lakebase import DataPlane
from tests.workspace.postgres import running_postgres
from tests.workspace.roles import DATABASE, Roles
from tests.workspace.settings import BRANCH, ENDPOINT, NAME, Product, Settings
from tests.workspace.tokens import Authority
from tests.workspace.warehouse.front import Front

PERMISSION = "CAN_CONNECT_AND_CREATE"

Environments = Mapping[Product, Mapping[str, str]]


@dataclass(frozen=True)
class Ports:
    """Where it listens; 0 is a free port.

    Attributes:
        control: the control plane without TLS.
        database: Lakebase.
        secure: the control plane with TLS, and the warehouse.
    """

    control: int = 0
    database: int = 0
    secure: int = 0


@dataclass(frozen=True)
class Running:
    """A running workspace.

    Attributes:
        url: where the control plane is.
        postgres_port: where Postgres itself takes passwords, on 127.0.0.1.
        environments: what an app in it finds in its environment, by what it uses.
    """

    url: str
    postgres_port: int
    environments: Environments


@contextmanager
def running(
    folder: Path, settings: Settings, ports: Ports, statements: Path | None = None
) -> Iterator[Running]:
    """A workspace that keeps what it has in a folder.

    Args:
        folder: for its files.
        settings: lives and delays.
        ports: where it listens.
        statements: a folder where the texts of the warehouse's statements are written down.

    Raises:
        OSError: a port is taken.
        RuntimeError: Postgres is not installed, or did not start.
    """
    certificates = issue(folder / "certificates", f"*.{DOMAIN}", "localhost", "127.0.0.1")
    server, secure = _servers(ports, certificates, settings)
    authority = Authority(server.url)

    def find(host: str) -> Target | None:
        return control.target(host)

    with running_postgres(folder / "pg") as postgres:
        roles = Roles(postgres)
        roles.prepare()
        data = DataPlane(postgres.socket, certificates, Admission(authority, find).admit, ports.database)
        control = ControlPlane(server.url, authority, settings, roles, lambda: data.faults)
        front = Front(control, folder / "warehouse", secure.url, statements)
        switches = Switches(control, data, front, postgres, roles)
        first_app(control)
        try:
            data.start()
            server.start(switches.answer)
            secure.start(switches.answer_securely)
            surroundings = _surroundings(secure.url, data.port, certificates)
            control.apps.hosting = Hosting(folder / "apps", surroundings)
            environments = _environments(control, server.url, secure.url, data.port, certificates)
            yield Running(server.url, postgres.port, environments)
        finally:
            control.apps.close()
            secure.stop()
            front.close()
            server.stop()
            data.stop()


def _servers(ports: Ports, certificates: Certificates, settings: Settings) -> tuple[Server, Server]:
    """The control plane's two servers, which tell the time that the settings want."""
    server, secure = Server(ports.control), Server(ports.secure, certificates)
    server.clock = secure.clock = lambda: time.time() + settings.ahead_seconds
    return server, secure


def first_app(control: ControlPlane) -> None:
    """Make an instance, a project, a warehouse and an app that may use them, ready at once."""
    seconds, control.settings.start_seconds = control.settings.start_seconds, 0.0
    control.create("/api/2.0/database/instances", {"name": NAME, "capacity": "CU_1"})
    control.create("/api/2.0/postgres/projects", {"spec": {"display_name": NAME}}, project_id=NAME)
    database = {"instance_name": NAME, "database_name": DATABASE, "permission": PERMISSION}
    postgres = {
        "branch": BRANCH,
        "database": f"{BRANCH}/databases/databricks-postgres",
        "permission": PERMISSION,
    }
    made = control.create("/api/2.0/sql/warehouses", {"name": NAME})
    resources = [
        {"name": "database", "database": database},
        {"name": "postgres", "postgres": postgres},
        {"name": "warehouse", "sql_warehouse": {"id": made["id"], "permission": "CAN_USE"}},
    ]
    control.create("/api/2.0/apps", {"name": NAME, "resources": resources})
    control.settings.start_seconds = seconds


def _surroundings(secure_url: str, data_port: int, certificates: Certificates) -> Mapping[str, str]:
    """What every app finds: where the workspace is, and, of this machine, how its names and TLS are known."""
    return {
        "DATABRICKS_HOST": secure_url,
        "PGPORT": str(data_port),
        "PGHOSTADDR": "127.0.0.1",
        "PGSSLROOTCERT": str(certificates.authority),
        "SSL_CERT_FILE": str(certificates.authority),
        "REQUESTS_CA_BUNDLE": str(certificates.authority),
    }


def _environments(
    control: ControlPlane, url: str, secure_url: str, data_port: int, certificates: Certificates
) -> Environments:
    app = control.apps.app(NAME)
    (warehouse,) = control.warehouses.all()
    secret = {"DATABRICKS_CLIENT_ID": app.client, "DATABRICKS_CLIENT_SECRET": app.secret}
    lakebase = {
        "GATEWAY_BACKEND": "lakebase",
        "DATABRICKS_HOST": url,
        **secret,
        "PGHOSTADDR": "127.0.0.1",
        "PGPORT": str(data_port),
        "PGDATABASE": DATABASE,
        "PGUSER": app.client,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(certificates.authority),
        "PGAPPNAME": NAME,
    }
    return {
        "autoscaling": {
            **lakebase,
            "PGHOST": control.autoscaling.host(ENDPOINT),
            "LAKEBASE_ENDPOINT": ENDPOINT,
        },
        "provisioned": {**lakebase, "PGHOST": control.instance_host(NAME), "LAKEBASE_INSTANCE": NAME},
        "warehouse": {
            "GATEWAY_BACKEND": "warehouse",
            "DATABRICKS_HOST": secure_url,
            **secret,
            "DATABRICKS_WAREHOUSE_ID": warehouse,
            "SSL_CERT_FILE": str(certificates.authority),
            "REQUESTS_CA_BUNDLE": str(certificates.authority),
        },
    }
