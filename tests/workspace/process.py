"""The workspace in one process: Postgres, the data plane before it, the control plane, and an app."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.workspace.admission import Admission, Target
from tests.workspace.certificates import issue
from tests.workspace.control.plane import DOMAIN, ControlPlane
from tests.workspace.control.server import Server
from tests.workspace.control.switches import Switches
from tests.workspace.lakebase import DataPlane
from tests.workspace.postgres import running_postgres
from tests.workspace.roles import DATABASE, Roles
from tests.workspace.settings import BRANCH, ENDPOINT, NAME, Api, Settings
from tests.workspace.tokens import Authority

PERMISSION = "CAN_CONNECT_AND_CREATE"


@dataclass(frozen=True)
class Running:
    """A running workspace.

    Attributes:
        url: where the control plane is.
        postgres_port: where Postgres itself takes passwords, on 127.0.0.1.
        environments: what an app in it finds in its environment, by what gives it credentials.
    """

    url: str
    postgres_port: int
    environments: Mapping[Api, Mapping[str, str]]


@contextmanager
def running(folder: Path, settings: Settings, control_port: int = 0, data_port: int = 0) -> Iterator[Running]:
    """A workspace that keeps what it has in a folder; a port of 0 is a free one.

    Raises:
        OSError: a port is taken.
        RuntimeError: Postgres is not installed, or did not start.
    """
    certificates = issue(folder / "certificates", f"*.{DOMAIN}")
    server = Server(control_port)
    authority = Authority(server.url)

    def find(host: str) -> Target | None:
        return control.target(host)

    with running_postgres(folder / "pg") as postgres:
        roles = Roles(postgres)
        roles.prepare()
        data = DataPlane(postgres.socket, certificates, Admission(authority, find).admit, data_port)
        control = ControlPlane(server.url, authority, settings, roles, lambda: data.faults)
        first_app(control)
        try:
            data.start()
            server.start(Switches(control, data, postgres, roles).answer)
            everywhere = {
                "DATABRICKS_HOST": server.url,
                "PGPORT": str(data.port),
                "PGSSLROOTCERT": str(certificates.authority),
            }
            yield Running(server.url, postgres.port, _environments(control, everywhere))
        finally:
            server.stop()
            data.stop()


def first_app(control: ControlPlane) -> None:
    """Make an instance, a project and an app that may use both, ready at once."""
    seconds, control.settings.start_seconds = control.settings.start_seconds, 0.0
    control.create("/api/2.0/database/instances", {"name": NAME, "capacity": "CU_1"})
    control.create("/api/2.0/postgres/projects", {"spec": {"display_name": NAME}}, project_id=NAME)
    database = {"instance_name": NAME, "database_name": DATABASE, "permission": PERMISSION}
    postgres = {
        "branch": BRANCH,
        "database": f"{BRANCH}/databases/databricks-postgres",
        "permission": PERMISSION,
    }
    resources = [{"name": "database", "database": database}, {"name": "postgres", "postgres": postgres}]
    control.create("/api/2.0/apps", {"name": NAME, "resources": resources})
    control.settings.start_seconds = seconds


def _environments(control: ControlPlane, everywhere: Mapping[str, str]) -> Mapping[Api, Mapping[str, str]]:
    app = control.apps.app(NAME)
    common = {
        "GATEWAY_BACKEND": "lakebase",
        "DATABRICKS_CLIENT_ID": app.client,
        "DATABRICKS_CLIENT_SECRET": app.secret,
        "PGHOSTADDR": "127.0.0.1",
        "PGDATABASE": DATABASE,
        "PGUSER": app.client,
        "PGSSLMODE": "verify-full",
        "PGAPPNAME": NAME,
        **everywhere,
    }
    return {
        "autoscaling": {
            **common,
            "PGHOST": control.autoscaling.host(ENDPOINT),
            "LAKEBASE_ENDPOINT": ENDPOINT,
        },
        "provisioned": {**common, "PGHOST": control.instance_host(NAME), "LAKEBASE_INSTANCE": NAME},
    }
