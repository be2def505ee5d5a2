"""The schema and its grants: what is there, what is missing, and whose it is."""

from dataclasses import replace

import pytest

from backends import errors
from gateway.deploying import run
from tests.deploying.deployer import REVISION, Deployer
from tests.deploying.test_apps import MAKING
from tests.structures.ladder import write_revision
from tests.workspace.roles import DATABASE

SETTLING = ("schema", "grants", "migrations")
NOTHING = dict.fromkeys(SETTLING, "nothing")
MADE = "made it, made the gateway's own tables"


@pytest.fixture
def other(other: Deployer, name: str) -> Deployer:
    """One whose app and database are made, with a revision."""
    (other.folder / "migrations").mkdir()
    write_revision(other.folder / "migrations", "people01", None, REVISION, 'op.drop_table("people")')
    other.describe(dev={"app": name, "database": {"name": name}, "schema": "s" + name[5:]})
    other.take(*MAKING)
    return other


def principal(deployer: Deployer) -> str:
    found = deployer.site().app
    assert found
    return found.principal


def sql(deployer: Deployer, statement: str) -> list[list[object]]:
    site = deployer.site()
    words = statement.format(schema=site.wanted.schema, role=principal(deployer))
    return deployer.workspace.sql(words, DATABASE)


def test_a_grant_that_was_revoked_is_given_again(other: Deployer) -> None:
    assert other.take(*SETTLING) == {
        "schema": MADE,
        "grants": "ran 7 statements",
        "migrations": "took people01",
    }
    for revoked, ran in (
        ('REVOKE DELETE ON {schema}.people FROM "{role}"', 1),
        ('REVOKE CREATE ON SCHEMA {schema} FROM "{role}"', 1),
        ('DROP OWNED BY "{role}"', 8),  # all grants and defaults in this database
    ):
        sql(other, revoked)
        sql(other, f'GRANT CONNECT, CREATE ON DATABASE {DATABASE} TO "{{role}}"')
        assert other.take("grants")["grants"] == f"ran {ran} statements"
        assert other.take(*SETTLING) == NOTHING
    may = "SELECT has_table_privilege('{role}', '{schema}.people', 'DELETE')"
    assert sql(other, may) == [[True]]


def test_the_gateways_own_tables_are_the_apps_to_use_and_its_deployers_to_make(other: Deployer) -> None:
    other.take(*SETTLING)
    for table in ("versions", "jobs"):
        may = f"SELECT has_table_privilege('{{role}}', 'lakegate.{table}', 'INSERT')"
        assert sql(other, may) == [[True]]
    for statement in ("DROP SCHEMA lakegate CASCADE", 'CREATE SCHEMA lakegate AUTHORIZATION "{role}"'):
        sql(other, statement)
    sql(other, "CREATE TABLE lakegate.versions (line text PRIMARY KEY, revision text)")
    assert other.take("schema") == {"schema": "nothing"}  # what the app has made it looks after itself


def test_the_schema_is_there_before_the_app_runs(other: Deployer) -> None:
    names = [step.name for step in run.steps(other.site())]
    assert names.index("schema") < names.index("deployment") < names.index("grants")
    assert other.take("schema", site=replace(other.site(), app=None)) == {"schema": MADE}


def test_what_comes_later_is_the_apps_too(other: Deployer) -> None:
    other.take(*SETTLING)
    table = 'op.create_table("orders", op.column("id", "BIGINT", identity=True), primary_key=["id"])'
    write_revision(other.folder / "migrations", "orders02", "people01", table, 'op.drop_table("orders")')
    assert other.take(*SETTLING) == {**NOTHING, "migrations": "took orders02"}
    may = "SELECT has_table_privilege('{role}', '{schema}.orders', 'INSERT')"
    assert sql(other, may) == [[True]]
    assert other.take("grants") == {"grants": "nothing"}


def test_a_schema_that_the_app_has_made_needs_no_grants_and_takes_no_revisions_from_others(
    other: Deployer,
) -> None:
    sql(other, 'CREATE SCHEMA {schema} AUTHORIZATION "{role}"')
    assert other.take("schema", "grants")["schema"] == "made the gateway's own tables"
    assert other.take("schema", "grants") == {"schema": "nothing", "grants": "nothing"}
    with pytest.raises(errors.Forbidden):
        other.take(*SETTLING)


def test_revisions_that_the_app_takes_as_it_starts_are_left_to_it(other: Deployer, name: str) -> None:
    variables = {"GATEWAY_MIGRATE_ON_START": "true"}
    other.describe(dev={"app": name, "database": {"name": name}, "variables": variables})
    assert other.take(*SETTLING) == {**NOTHING, "grants": "ran 8 statements"}


def test_a_dry_run_of_the_schema_makes_none(other: Deployer) -> None:
    told = other.run("--environment", "dev", "--dry-run").stdout
    schema = other.site().wanted.schema
    assert f'schema: CREATE SCHEMA IF NOT EXISTS "{schema}";\ngrants: ' in told
    assert sql(other, "SELECT FROM pg_namespace WHERE nspname = '{schema}'") == []
