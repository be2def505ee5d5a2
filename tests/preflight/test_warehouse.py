"""The SQL warehouse: what is wrong is found, however the others fare, and what is told mends it."""

from collections.abc import Iterator

import pytest

from backends.preflight import CHECKS, Finding
from tests.preflight.looking import Admin, states, texts
from tests.warehouse.backends import backend_on
from tests.warehouse.gateways import user_token
from tests.workspace.handle import Workspace
from tests.workspace.settings import USER, USER_TOKEN
from tests.workspace.warehouse.unity.grants import EVERYONE

IN_CATALOG = {"database", "grants", "ownership"}


@pytest.fixture
def admin(workspace: Workspace) -> Admin:
    """Who may mend the warehouse, and Unity Catalog."""
    return Admin(workspace, workspace.warehouse.sql)


@pytest.fixture
def others(admin: Admin, schema: str) -> Iterator[str]:
    """A schema of others, with a table and a view."""
    admin.sql(f"CREATE SCHEMA main.{schema}")
    admin.sql(f"CREATE TABLE main.{schema}.t (id INT)")
    admin.sql(f"CREATE VIEW main.{schema}.v AS SELECT id FROM main.{schema}.t")
    yield schema
    admin.sql(f"DROP SCHEMA main.{schema} CASCADE")


def found(workspace: Workspace, schema: str, token: str | None = None, **told: str) -> dict[str, Finding]:
    with backend_on(workspace, schema, **told) as backend:
        return backend.acting_for(token).preflight()


def well(*but: str, state: str = "WARN") -> dict[str, str]:
    """What is found where all is well but some checks."""
    return {name: state if name in but else "OK" for name in CHECKS}


def test_where_nothing_is_wrong_all_is_well(workspace: Workspace, schema: str) -> None:
    assert states(found(workspace, schema)) == well()


def test_missing_grants_are_mended_by_the_sql(workspace: Workspace, admin: Admin, others: str) -> None:
    gateway, place = f"`{workspace.client}`", f"`main`.`{others}`"
    admin.sql(f"REVOKE ALL PRIVILEGES ON CATALOG main FROM {gateway}")
    try:
        admin.sql(f"GRANT SELECT ON TABLE main.{others}.t TO {gateway}")
        first = found(workspace, others)
        assert states(first) == {**well("database", "grants", state="FAIL"), "ownership": "WARN"}
        assert texts(first["grants"], "sql") == [
            f"GRANT USE CATALOG ON CATALOG `main` TO {gateway}",
            f"GRANT USE SCHEMA ON SCHEMA {place} TO {gateway}",
            f"GRANT CREATE TABLE ON SCHEMA {place} TO {gateway}",
            f"GRANT MODIFY ON TABLE {place}.`t` TO {gateway}",
        ]
        admin.mend(first["grants"])
        assert states(found(workspace, others)) == well("ownership")
        made = found(workspace, f"{others}_2")["grants"]
        assert texts(made, "sql") == [f"GRANT CREATE SCHEMA ON CATALOG `main` TO {gateway}"]
    finally:
        admin.sql(f"GRANT ALL PRIVILEGES ON CATALOG main TO {gateway}")


def test_however_many_tables_others_have_the_questions_are_as_many(
    workspace: Workspace, admin: Admin, others: str
) -> None:
    def asked() -> int:
        workspace.forget()
        assert found(workspace, others)["grants"].state == "OK"
        return len(workspace.statements())

    first = asked()
    for number in range(3):
        admin.sql(f"CREATE TABLE main.{others}.more_{number} (id INT)")
    assert asked() == first < 15


def test_what_a_group_owns_is_its_members_too_however_the_catalog_is_written(
    workspace: Workspace, admin: Admin, others: str
) -> None:
    gateway, catalog = f"`{workspace.client}`", f"c_{others}"
    admin.sql(f"CREATE CATALOG {catalog}")
    admin.sql(f"CREATE SCHEMA {catalog}.{others}")
    admin.sql(f"CREATE TABLE {catalog}.{others}.t (id INT)")
    admin.sql(f"GRANT USE CATALOG ON CATALOG {catalog} TO {gateway}")

    def looked() -> dict[str, Finding]:
        with backend_on(workspace, others, catalog=catalog.upper()) as backend:
            return backend.preflight()

    try:
        admin.sql(f"ALTER SCHEMA {catalog}.{others} OWNER TO `{EVERYONE}`")
        assert states(looked()) == well()
        admin.sql(f"ALTER SCHEMA {catalog}.{others} OWNER TO nobody")
        assert looked()["grants"].state == "FAIL"
        admin.sql(f"ALTER CATALOG {catalog} OWNER TO `{EVERYONE}`")
        assert not [text for text in texts(looked()["grants"], "sql") if " ON CATALOG " in text]
    finally:
        admin.sql(f"DROP CATALOG {catalog} CASCADE")


def test_the_tables_of_others_become_the_gateways_by_the_sql(
    workspace: Workspace, admin: Admin, others: str
) -> None:
    first, gateway = found(workspace, others)["ownership"], f"`{workspace.client}`"
    assert (first.state, texts(first, "sql")) == (
        "WARN",
        [
            f"ALTER TABLE `main`.`{others}`.`t` OWNER TO {gateway}",
            f"ALTER VIEW `main`.`{others}`.`v` OWNER TO {gateway}",
        ],
    )
    admin.mend(first)
    assert states(found(workspace, others)) == well()


def test_where_statements_run_as_the_caller_the_callers_grants_count(
    workspace: Workspace, admin: Admin, others: str
) -> None:
    token = user_token(workspace, USER)
    first = found(workspace, others, token, GATEWAY_RUN_AS="user")["grants"]
    assert first.state == "FAIL" and all(text.endswith(f" TO `{USER}`") for text in texts(first, "sql"))
    admin.mend(first)
    assert found(workspace, others, token, GATEWAY_RUN_AS="user")["grants"].state == "OK"


def test_a_stopped_warehouse_is_not_started_but_by_the_command(
    workspace: Workspace, admin: Admin, schema: str
) -> None:
    workspace.warehouse.stop()
    workspace.forget()
    for _ in range(2):
        first = found(workspace, schema)
        assert states(first) == well("state", *IN_CATALOG)
    assert first["grants"].message.startswith("not looked at: the SQL warehouse is stop")
    assert workspace.requests("/start") == [] and workspace.statements() == []
    admin.mend(first["state"])
    assert states(found(workspace, schema)) == well()


def test_a_catalog_that_is_not_there_is_made_by_the_sql(
    workspace: Workspace, admin: Admin, schema: str
) -> None:
    def looked() -> Finding:
        with backend_on(workspace, schema, catalog=f"c_{schema}") as backend:
            return backend.preflight()["database"]

    first = looked()
    assert (first.state, texts(first, "sql")) == ("FAIL", [f"CREATE CATALOG `c_{schema}`"])
    admin.mend(first)
    admin.sql(f"GRANT USE CATALOG ON CATALOG c_{schema} TO `{workspace.client}`")
    assert looked().state == "OK"


def test_a_wrong_warehouse_and_a_wrong_secret_are_found(workspace: Workspace, schema: str) -> None:
    away = found(workspace, schema, DATABRICKS_WAREHOUSE_ID="0123456789abcdef")
    assert states(away) == well("state", *IN_CATALOG, state="FAIL")
    assert texts(away["state"], "command") == ["databricks warehouses list"]
    assert away["database"].mends == ()
    refused = found(workspace, schema, DATABRICKS_CLIENT_SECRET="not-to-be-seen")
    assert states(refused) == well("identity", "credentials", "state", *IN_CATALOG, state="FAIL")
    assert "service-principal-secrets-proxy create" in texts(refused["state"], "command")[0]
    assert "not-to-be-seen" not in repr(refused)


def test_a_warehouse_that_may_not_be_used_is_found(workspace: Workspace, schema: str) -> None:
    workspace.fail("GET /api/2.0/sql/warehouses", 403, times=None)
    (mend,) = texts(found(workspace, schema)["state"], "command")
    assert mend.startswith(
        f"databricks api patch /api/2.0/permissions/warehouses/{workspace.warehouse.id} --json"
    )
    assert f'"service_principal_name": "{workspace.client}", "permission_level": "CAN_USE"' in mend
    unnamed = {"DATABRICKS_CLIENT_ID": "", "DATABRICKS_CLIENT_SECRET": "", "DATABRICKS_TOKEN": USER_TOKEN}
    (mend,) = texts(found(workspace, schema, **unnamed)["state"], "command")
    assert f'"user_name": "{USER}", "permission_level": "CAN_USE"' in mend
