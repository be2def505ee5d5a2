"""The causes in docs/deploy.md, "What goes wrong", made in the local workspace: what a user then sees."""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from backends.env import SettingError
from gateway import create_app
from gateway.views import EXTENSION
from tests.app_client import AppClient
from tests.client import Answer
from tests.deploy.container import PROJECT
from tests.preflight.looking import Admin
from tests.warehouse.gateways import user_token
from tests.workspace.handle import Workspace
from tests.workspace.roles import DATABASE, quoted
from tests.workspace.settings import ENDPOINT, USER, USER_TOKEN

Trouble = Callable[[Workspace, Path], str]
TRUSTED = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")  # requests takes them from its own environment

ROW = {"table": "t", "data": [{"id": 1}]}
CREATE = {**ROW, "auto_create": True, "schema_definition": [{"name": "id", "data_type": "INT"}]}
CREATE_TEXT = json.dumps(CREATE)


@contextmanager
def app(env: Mapping[str, str]) -> Iterator[AppClient]:
    """A gateway in this process, and who speaks to it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in TRUSTED:
            if name in env:
                patch.setenv(name, env[name])
        made = create_app(env)
        backend = made.extensions[EXTENSION].backend
        yield AppClient(made, backend.catalog, backend.schema)
        backend.close()


def told(answer: Answer) -> str:
    """A refusal, as a user sees it."""
    assert answer.status >= 400, answer
    return f"{answer.status} {answer.body['message']}"


def started(env: Mapping[str, str]) -> str:
    """What stops a start."""
    with pytest.raises(SettingError) as found:
        create_app(env)
    return f"lakegate: {found.value}"


def listed(env: Mapping[str, str], **headers: str) -> str:
    """What is said where the tables are asked for."""
    with app({"GATEWAY_CONNECT_SECONDS": "2", **env}) as client:
        return told(client.send("GET", client.path(), headers=headers))


def written(env: Mapping[str, str]) -> str:
    """What is said where a table is to be made and written."""
    with app(env) as client:
        return told(client.post("/api/v1/records/write", CREATE))


def lakebase(workspace: Workspace, **changes: str) -> dict[str, str]:
    """What a gateway on Lakebase is told; empty changes are as if they were not set."""
    schema = f"s_{secrets.token_hex(6)}"
    return {**workspace.environment("autoscaling"), "GATEWAY_SCHEMA": schema, **changes}


def warehouse(workspace: Workspace, **changes: str) -> dict[str, str]:
    """The same on the warehouse."""
    return {**workspace.environment("warehouse"), "GATEWAY_SCHEMA": f"s_{secrets.token_hex(6)}", **changes}


def no_database(workspace: Workspace, folder: Path) -> str:
    return started({"GATEWAY_BACKEND": "lakebase", "DATABRICKS_HOST": workspace.url})


def no_secret(workspace: Workspace, folder: Path) -> str:
    return started(lakebase(workspace, DATABRICKS_CLIENT_SECRET=""))


def no_warehouse(workspace: Workspace, folder: Path) -> str:
    return started({"GATEWAY_BACKEND": "warehouse", "DATABRICKS_HOST": workspace.url})


def port_taken(workspace: Workspace, folder: Path) -> str:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = str(taken.getsockname()[1])
        env = {"PATH": os.environ["PATH"], "PORT": port, "GATEWAY_SQLITE_DIR": str(folder)}
        command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
        ended = subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    (line,) = (line for line in ended.stderr.splitlines() if line.startswith("lakegate:"))
    return line


def wrong_secret(workspace: Workspace, folder: Path) -> str:
    return listed(lakebase(workspace, DATABRICKS_CLIENT_SECRET="wrong"))


def wrong_workspace(workspace: Workspace, folder: Path) -> str:
    return listed(lakebase(workspace, DATABRICKS_HOST="http://127.0.0.1:9"))


def wrong_instance(workspace: Workspace, folder: Path) -> str:
    return listed({**lakebase(workspace, LAKEBASE_ENDPOINT=""), "LAKEBASE_INSTANCE": "gone"})


def not_found(workspace: Workspace, folder: Path) -> str:
    return listed(lakebase(workspace, LAKEBASE_ENDPOINT="", PGHOST="gone.database.test", PGAPPNAME="gone"))


def not_permitted(workspace: Workspace, folder: Path) -> str:
    workspace.fail("POST /api/2.0/postgres/credentials", 403, times=None)
    return listed(lakebase(workspace))


def no_role(workspace: Workspace, folder: Path) -> str:
    env = {**lakebase(workspace), **workspace.token_environment(USER_TOKEN)}
    return listed({name: text for name, text in env.items() if "CLIENT" not in name})


def no_such_database(workspace: Workspace, folder: Path) -> str:
    return listed(lakebase(workspace, PGDATABASE="gone"))


def disabled(workspace: Workspace, folder: Path) -> str:
    admin = Admin(workspace, workspace.sql)
    switch = f"databricks api patch '/api/2.0/postgres/{ENDPOINT}?update_mask=spec.disabled' --json "
    admin.run(switch + '\'{"spec": {"disabled": true}}\'')
    try:
        return listed(lakebase(workspace))
    finally:
        admin.run(switch + '\'{"spec": {"disabled": false}}\'')


def too_many(workspace: Workspace, folder: Path) -> str:
    workspace.refuse_logins("53300", "sorry, too many clients already")
    return listed(lakebase(workspace))


def black_hole(workspace: Workspace, folder: Path) -> str:
    workspace.set_black_hole(True)
    return listed(lakebase(workspace))


def wrong_password(workspace: Workspace, folder: Path) -> str:
    return listed({"DATABASE_URL": workspace.plain_url().replace("p%40ss", "wrong")})


def public(workspace: Workspace, folder: Path) -> str:
    return written({"DATABASE_URL": workspace.plain_url()})


def schema_of_others(workspace: Workspace, folder: Path) -> str:
    env = lakebase(workspace)
    schema, role = env["GATEWAY_SCHEMA"], f"o_{secrets.token_hex(6)}"
    workspace.sql(f"CREATE ROLE {role}; CREATE SCHEMA {schema} AUTHORIZATION {role}", DATABASE)
    return written(env)


def table_of_others(workspace: Workspace, folder: Path) -> str:
    env = lakebase(workspace)
    schema, role, me = env["GATEWAY_SCHEMA"], f"o_{secrets.token_hex(6)}", quoted(workspace.client)
    workspace.sql(f"CREATE ROLE {role}; CREATE SCHEMA {schema} AUTHORIZATION {role}", DATABASE)
    workspace.sql(f"SET ROLE {role}; CREATE TABLE {schema}.t (id int)", DATABASE)
    workspace.sql(f"GRANT ALL ON SCHEMA {schema} TO {me}; GRANT ALL ON {schema}.t TO {me}", DATABASE)
    with app(env) as client:
        return told(client.send("DELETE", client.path("t")))


def stranger(workspace: Workspace, folder: Path) -> str:
    env = {"GATEWAY_SQLITE_DIR": str(folder), "DATABRICKS_APP_NAME": "shop"}
    with app(env) as client:
        return told(client.send("GET", "/api/v1/preflight", headers={"X-Forwarded-Email": "ann@example.com"}))


def other_site(workspace: Workspace, folder: Path) -> str:
    with app({"GATEWAY_SQLITE_DIR": str(folder)}) as client:
        return told(client.send("POST", "/api/v1/databases", headers={"Sec-Fetch-Site": "cross-site"}))


def stopped_warehouse(workspace: Workspace, folder: Path) -> str:
    workspace.warehouse.stop()
    workspace.set_start_seconds(600)
    return listed(warehouse(workspace))


def wrong_warehouse(workspace: Workspace, folder: Path) -> str:
    return listed(warehouse(workspace, DATABRICKS_WAREHOUSE_ID="0123456789abcdef"))


def no_use(workspace: Workspace, folder: Path) -> str:
    workspace.warehouse.sql(f"REVOKE ALL PRIVILEGES ON CATALOG main FROM `{workspace.client}`")
    try:
        return written(warehouse(workspace))
    finally:
        workspace.warehouse.sql(f"GRANT ALL PRIVILEGES ON CATALOG main TO `{workspace.client}`")


def no_caller(workspace: Workspace, folder: Path) -> str:
    return listed(warehouse(workspace, GATEWAY_RUN_AS="user"))


def callers_grants(workspace: Workspace, folder: Path) -> str:
    env = warehouse(workspace, GATEWAY_RUN_AS="user", GATEWAY_SCHEMA="default")
    token = {"X-Forwarded-Access-Token": user_token(workspace, USER)}
    with app(env) as client:
        headers = {**token, "Content-Type": "application/json"}
        return told(client.send("POST", "/api/v1/records/write", CREATE_TEXT, headers))


def file_in_the_way(workspace: Workspace, folder: Path) -> str:
    (folder / "file").write_text("")
    return started({"GATEWAY_SQLITE_DIR": str(folder / "file")})


def damaged(workspace: Workspace, folder: Path) -> str:
    (folder / "main.db").write_text("no database " * 100)
    return listed({"GATEWAY_SQLITE_DIR": str(folder)})
