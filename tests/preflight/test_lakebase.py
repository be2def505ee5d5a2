"""Lakebase: what is wrong is found, however the others fare, and what is told mends it."""

import re
import time

import pytest

from backends.preflight import CHECKS, SECONDS
from gateway import create_app
from gateway.views import EXTENSION
from tests.app_client import AppClient
from tests.preflight.looking import Admin, exported, found, states, texts
from tests.workspace.handle import Workspace
from tests.workspace.roles import quoted
from tests.workspace.settings import ENDPOINT, NAME, USER, USER_TOKEN, Api

Env = dict[str, str]
IN_DATABASE = {"database", "grants", "ownership", "connections"}
LEGACY = "legacy"


def test_where_nothing_is_wrong_all_is_well(env: Env) -> None:
    assert states(found(env)) == dict.fromkeys(CHECKS, "OK")


def test_missing_grants_and_the_tables_of_others_are_mended_by_the_sql(
    admin: Admin, env: Env, schema: str
) -> None:
    admin.sql(f"DO $$BEGIN CREATE ROLE {LEGACY}; EXCEPTION WHEN duplicate_object THEN END$$")
    admin.sql(
        f"CREATE SCHEMA {schema} AUTHORIZATION {LEGACY}; SET ROLE {LEGACY}; SET search_path = {schema};"
        ' CREATE TABLE "Odd" (id serial PRIMARY KEY); CREATE VIEW seen AS SELECT 1 AS id; CREATE SEQUENCE own'
    )
    first = found(env)
    gateway = quoted(env["PGUSER"])
    assert first["grants"].state == "FAIL"
    assert texts(first["grants"], "sql") == [
        f'GRANT USAGE, CREATE ON SCHEMA "{schema}" TO {gateway}',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "{schema}"."Odd" TO {gateway}',
        f'GRANT SELECT ON TABLE "{schema}"."seen" TO {gateway}',
        f'GRANT USAGE ON SEQUENCE "{schema}"."Odd_id_seq" TO {gateway}',
    ]
    assert first["ownership"].state == "WARN"
    assert texts(first["ownership"], "sql") == [
        f'ALTER {kind} "{schema}"."{name}" OWNER TO {gateway}'
        for kind, name in (("TABLE", "Odd"), ("SEQUENCE", "own"), ("VIEW", "seen"))
    ]
    admin.mend(first["grants"])
    assert states(found(env)) == {**dict.fromkeys(CHECKS, "OK"), "ownership": "WARN"}
    admin.mend(first["ownership"])
    assert states(found(env)) == dict.fromkeys(CHECKS, "OK")


def test_what_an_extension_made_is_nobodys_to_grant_or_own(admin: Admin, env: Env, schema: str) -> None:
    admin.sql(f"CREATE SCHEMA {schema} CREATE TABLE spatial (id serial)")
    admin.sql(f"GRANT ALL ON SCHEMA {schema} TO {quoted(env['PGUSER'])}")
    first = found(env)
    assert (first["grants"].state, first["ownership"].state) == ("FAIL", "WARN")
    members = (f"TABLE {schema}.spatial", f"SEQUENCE {schema}.spatial_id_seq")
    try:
        for member in members:
            admin.sql(f"ALTER EXTENSION plpgsql ADD {member}")
        assert states(found(env)) == dict.fromkeys(CHECKS, "OK")
    finally:
        for member in members:
            admin.sql(f"ALTER EXTENSION plpgsql DROP {member}")


def test_the_command_line_and_http_tell_the_sql_to_be_copied(admin: Admin, env: Env, schema: str) -> None:
    admin.sql(f"CREATE SCHEMA {schema}")
    app = create_app(env)
    try:
        shown = app.test_cli_runner().invoke(args=["gateway", "check", "--deep"])
        answered = AppClient(app).get("/api/v1/preflight").body
    finally:
        app.extensions[EXTENSION].backend.close()
    assert shown.exit_code == 1
    at = shown.stdout.index("FAIL  grants ")
    grant = f'GRANT USAGE, CREATE ON SCHEMA "{schema}" TO {quoted(env["PGUSER"])}'
    assert shown.stdout[at:].splitlines()[1] == f"        {grant};"
    assert answered["status"] == "FAIL"
    told = {check["name"]: (check["status"], check["mends"]) for check in answered["checks"]}
    assert told["grants"] == ("FAIL", [{"kind": "sql", "text": grant}])
    assert told["database"] == ("OK", [])


def test_a_wrong_secret_is_found_and_what_needs_no_login_is_told_all_the_same(env: Env) -> None:
    findings = found({**env, "DATABRICKS_CLIENT_SECRET": "not-to-be-seen"})
    refused = dict.fromkeys(("identity", "credentials", *IN_DATABASE), "FAIL")
    assert states(findings) == {"host": "OK", "clock": "OK", "state": "WARN", **refused}
    client = env["DATABRICKS_CLIENT_ID"]
    listed = f"databricks service-principals list --filter 'applicationId eq \"{client}\"' --output json"
    its_id = f"$({listed} | jq --raw-output '.[0].id')"
    create = f'databricks service-principal-secrets-proxy create "{its_id}"'
    assert texts(findings["credentials"], "command") == [create]
    assert "not-to-be-seen" not in repr(findings)


@pytest.mark.parametrize(
    ("variable", "wrong", "check"),
    [("PGHOST", "elsewhere.lakegate.test", "host"), ("PGUSER", "ann", "identity")],
)
def test_what_the_control_plane_knows_better_is_told(env: Env, variable: str, wrong: str, check: str) -> None:
    finding = found({**env, variable: wrong})[check]
    assert (finding.state, exported(finding)) == ("FAIL", {variable: env[variable]})
    assert found({**env, variable: wrong, **exported(finding)})[check].state == "OK"


def test_a_workspace_that_is_not_there_is_found(env: Env) -> None:
    findings = found({**env, "DATABRICKS_HOST": "http://127.0.0.1:9"})
    assert findings["host"].state == "FAIL" and "DATABRICKS_HOST" in findings["host"].message
    assert texts(findings["host"], "command") == ["nc -vz 127.0.0.1 9", "databricks auth profiles"]
    assert {findings[name].state for name in ("identity", "credentials", "clock")} == {"FAIL"}


def test_a_name_that_no_name_server_knows_is_found(env: Env) -> None:
    finding = found({**env, "DATABRICKS_HOST": "https://nowhere.invalid"})["host"]
    assert finding.state == "FAIL" and finding.message.startswith('no name server knows "nowhere.invalid"')


def test_who_has_no_role_in_the_database_gets_one_by_the_command(
    workspace: Workspace, admin: Admin, env: Env, api: Api
) -> None:
    told = {**env, **workspace.token_environment(USER_TOKEN, api)}
    del told["DATABRICKS_CLIENT_ID"], told["DATABRICKS_CLIENT_SECRET"]
    first = found(told)
    assert (first["identity"].state, first["credentials"].state) == ("OK", "OK")
    assert first["database"].state == "FAIL"
    admin.mend(first["database"])
    assert found(told)["database"].state == "OK"
    admin.sql(f"REVOKE CONNECT ON DATABASE {env['PGDATABASE']} FROM PUBLIC, {quoted(USER)}")
    refused = found(told)["database"]
    assert texts(refused, "sql") == [f'GRANT CONNECT ON DATABASE "{env["PGDATABASE"]}" TO {quoted(USER)}']
    admin.mend(refused)
    assert found(told)["database"].state == "OK"


def test_a_database_that_is_not_there_is_made_by_the_sql(admin: Admin, env: Env, schema: str) -> None:
    told = {**env, "PGDATABASE": f"d_{schema}"}
    first = found(told)["database"]
    assert (first.state, texts(first, "sql")) == ("FAIL", [f'CREATE DATABASE "d_{schema}"'])
    admin.mend(first)
    assert found(told)["database"].state == "OK"


def test_what_databricks_refuses_is_not_mended_in_the_database(workspace: Workspace, env: Env) -> None:
    away = found({**env, "LAKEBASE_ENDPOINT": "", "LAKEBASE_INSTANCE": "gone"})["database"]
    assert (away.state, away.mends) == ("FAIL", ())
    workspace.fail("POST /api/2.0/(postgres|database)/credentials", 403, times=None)
    refused = found(env)["database"]
    assert (refused.state, refused.mends) == ("FAIL", ())


@pytest.mark.parametrize("api", ["autoscaling"], indirect=True)  # an instance does not sleep
def test_a_sleeping_database_is_not_woken(workspace: Workspace, env: Env) -> None:
    workspace.suspend(0)
    findings = found(env)
    assert workspace.statistics().suspended
    assert {findings[name].state for name in ("state", *IN_DATABASE)} == {"WARN"}
    assert {findings[name].state for name in ("host", "identity", "credentials", "clock")} == {"OK"}
    assert findings["database"].message == (
        "not looked at: the endpoint is suspended; it wakes when it is connected to"
    )


def test_a_database_that_may_not_be_looked_at_is_not_woken_if_it_may_sleep(
    workspace: Workspace, env: Env, api: Api
) -> None:
    if api == "autoscaling":
        workspace.suspend(0)
    workspace.fail("GET /api/2.0/(postgres/.*/endpoints|database/instances)", 403, times=None)
    findings = found(env)
    assert workspace.statistics().suspended == (api == "autoscaling")
    assert {findings[name].state for name in IN_DATABASE} == {"WARN" if api == "autoscaling" else "OK"}
    assert findings["state"].state == "WARN" and "its state is not known" in findings["state"].message


STOPS = {
    "autoscaling": (f"postgres/{ENDPOINT}?update_mask=spec.disabled", '{"spec": {"disabled": true}}'),
    "provisioned": (f"database/instances/{NAME}?update_mask=stopped", '{"stopped": true}'),
}


def test_a_stopped_database_is_started_by_the_command(admin: Admin, api: Api, env: Env) -> None:
    place, body = STOPS[api]
    admin.run(f"databricks api patch '/api/2.0/{place}' --json '{body}'")
    stopped = found(env)
    assert stopped["state"].state == "FAIL"
    assert {stopped[name].state for name in IN_DATABASE} == {"WARN"}
    admin.mend(stopped["state"])
    assert states(found(env)) == dict.fromkeys(CHECKS, "OK")


def test_more_connections_than_the_server_takes_are_found(env: Env) -> None:
    told = {**env, "GATEWAY_WORKERS": "64", "GATEWAY_THREADS": "8", "GATEWAY_INSTANCES": "2"}
    finding = found(told)["connections"]
    assert finding.state == "FAIL"
    product = "GATEWAY_WORKERS x GATEWAY_POOL_SIZE x GATEWAY_INSTANCES = 64 x 8 x 2 = 1024 connections"
    assert finding.message.startswith(f"{product}, but the server has room for")
    assert found({**told, **exported(finding)})["connections"].state == "OK"
    assert found({**told, "GATEWAY_POOL_SIZE": "7"})["connections"].state == "WARN"


def test_the_instances_that_an_app_may_have_are_counted(admin: Admin, env: Env, schema: str) -> None:
    name = schema.replace("_", "-")
    body = f'{{"name": "{name}", "compute_min_instances": 1, "compute_max_instances": 3}}'
    admin.run(f"databricks api post /api/2.0/apps --json '{body}'")
    assert " = 2 x 8 x 3 = 48 connections" in found({**env, "PGAPPNAME": name})["connections"].message
    told = {**env, "PGAPPNAME": name, "GATEWAY_INSTANCES": "5"}
    assert " = 2 x 8 x 5 = 80 connections" in found(told)["connections"].message


@pytest.mark.parametrize("what", ["ROLE", "DATABASE"])
def test_a_limit_of_connections_is_lifted_by_the_sql(admin: Admin, env: Env, what: str) -> None:
    name = quoted(env["PGUSER"] if what == "ROLE" else env["PGDATABASE"])
    admin.sql(f"ALTER {what} {name} CONNECTION LIMIT 12")
    try:
        finding = found(env)["connections"]
        assert (finding.state, texts(finding, "sql")) == (
            "FAIL",
            [f"ALTER {what} {name} CONNECTION LIMIT 32"],
        )
        admin.mend(finding)
        assert found(env)["connections"].state == "OK"
    finally:
        admin.sql(f"ALTER {what} {name} CONNECTION LIMIT -1")


@pytest.mark.parametrize(("seconds", "state"), [(-3, "OK"), (-60, "WARN"), (120, "WARN"), (900, "FAIL")])
def test_a_clock_that_is_wrong_is_found(workspace: Workspace, env: Env, seconds: int, state: str) -> None:
    workspace.set_clock_ahead(seconds)
    finding = found(env)["clock"]
    assert finding.state == state
    if state != "OK":
        told = re.search(r"clock is (\d+) seconds (ahead of|behind) Databricks'", finding.message)
        assert told and abs(int(told[1]) - abs(seconds)) <= 3
        assert told[2] == ("behind" if seconds > 0 else "ahead of")
        assert texts(finding, "command") == ["sudo timedatectl set-ntp true"]


def test_a_network_that_swallows_everything_ends_in_time(workspace: Workspace, env: Env) -> None:
    workspace.set_black_hole(True)
    workspace.delay("/Me", 30)
    began = time.monotonic()
    findings = found(env)
    assert time.monotonic() - began < SECONDS
    assert {findings[name].state for name in ("identity", *IN_DATABASE)} == {"FAIL"}
    assert {findings[name].state for name in ("host", "credentials", "clock", "state")} == {"OK"}


def test_a_plain_postgres_is_looked_at_too(workspace: Workspace, admin: Admin, schema: str) -> None:
    url = workspace.plain_url()
    told = {"DATABASE_URL": url, "GATEWAY_SCHEMA": schema}
    assert states(found(told)) == dict.fromkeys(CHECKS, "OK")
    wrong = found({**told, "DATABASE_URL": url.replace("p%40ss", "not-to-be-seen")})
    assert {wrong[name].state for name in ("identity", "credentials", "clock", *IN_DATABASE)} == {"FAIL"}
    assert texts(wrong["database"], "command") == ["createuser --login --pwprompt plain"]
    assert "not-to-be-seen" not in repr(wrong)
    here = f"127.0.0.1:{workspace.postgres_port}/"
    assert found({**told, "DATABASE_URL": url.replace(here, f"127.0.0.1:9,{here}")})["host"].state == "OK"
    away = found({**told, "DATABASE_URL": url.replace(here, "127.0.0.1:9/")})
    assert away["host"].state == "FAIL" and "DATABASE_URL" in away["host"].message


def test_who_is_not_told_is_whoever_logs_in(
    workspace: Workspace, admin: Admin, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGUSER", "plain")  # where libpq itself looks
    url = workspace.plain_url().replace("//plain:", "//:")
    admin.sql(f"CREATE SCHEMA {schema} CREATE TABLE t (id int)")
    findings = found({"DATABASE_URL": url, "GATEWAY_SCHEMA": schema})
    assert texts(findings["ownership"], "sql") == [f'ALTER TABLE "{schema}"."t" OWNER TO "plain"']
    refused = found({"DATABASE_URL": url.replace("p%40ss", "wrong"), "GATEWAY_SCHEMA": schema})
    assert (refused["database"].state, refused["database"].mends) == ("FAIL", ())
