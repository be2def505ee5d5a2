"""What the gateway may not do is a 403 that names the SQL to run; once that has run, it may."""

import json
import time
from collections.abc import Callable

import pytest

from backends.lakebase import LakebaseBackend
from tests.client import Answer, Client
from tests.lakebase.others import OWNER, Others

Ask = Callable[[Client, str], Answer]

ONE = [{"column": "id", "value": 1}]
RED = [{"column": "c", "op": "IN", "value": ["red"]}]
BULK = [{"key_value": 1, "updates": {"n": 2}}]
TABLE = json.dumps({"columns": [{"name": "id", "data_type": "INT"}]})

# what is asked of a schema's tables, and the SQL that is missing: {s} is the schema, {u} the gateway's role
MISSING: dict[str, tuple[Ask, list[str]]] = {
    "read": (
        lambda client, s: client.read("t", schema=s, filters=RED),
        ['GRANT SELECT ON TABLE "{s}"."t" TO {u}'],
    ),
    "stream": (
        lambda client, s: client.stream("t", "text/csv", schema=s),
        ['GRANT SELECT ON TABLE "{s}"."t" TO {u}'],
    ),
    "view": (lambda client, s: client.read("v", schema=s), ['GRANT SELECT ON TABLE "{s}"."v" TO {u}']),
    "write": (
        lambda client, s: client.write("t", [{"c": "red"}], schema=s),
        [
            'GRANT INSERT ON TABLE "{s}"."t" TO {u}',
            'GRANT USAGE ON SEQUENCE "{s}"."Odd %s" TO {u}',
            'GRANT USAGE ON SEQUENCE "{s}"."t_id_seq" TO {u}',
        ],
    ),
    "ignore": (
        lambda client, s: client.write("k", [{"id": 1}], schema=s, on_conflict="ignore"),
        ['GRANT SELECT, INSERT ON TABLE "{s}"."k" TO {u}'],
    ),
    "on_conflict": (
        lambda client, s: client.write("k", [{"id": 1, "n": 2}], schema=s, on_conflict="update"),
        ['GRANT SELECT, INSERT, UPDATE ON TABLE "{s}"."k" TO {u}'],
    ),
    "update": (
        lambda client, s: client.update("k", schema=s, filters=ONE, updates={"n": 2}),
        ['GRANT SELECT, UPDATE ON TABLE "{s}"."k" TO {u}'],
    ),
    "bulk update": (
        lambda client, s: client.update("k", schema=s, key_column="id", bulk_updates=BULK),
        ['GRANT SELECT, UPDATE ON TABLE "{s}"."k" TO {u}'],
    ),
    "delete": (
        lambda client, s: client.delete("k", schema=s, filters=ONE, soft=False, max_affected=1),
        ['GRANT SELECT, DELETE ON TABLE "{s}"."k" TO {u}'],
    ),
    "create": (
        lambda client, s: client.send("PUT", client.path("made", s), TABLE),
        ['GRANT CREATE ON SCHEMA "{s}" TO {u}'],
    ),
    "drop": (
        lambda client, s: client.send("DELETE", client.path("k", s)),
        ['ALTER TABLE "{s}"."k" OWNER TO {u}'],
    ),
    "drop a view": (
        lambda client, s: client.send("DELETE", client.path("v", s)),
        ['ALTER VIEW "{s}"."v" OWNER TO {u}'],
    ),
}


@pytest.fixture
def schema(others: Others, table: str) -> str:
    """A schema of others, in which nothing is granted."""
    name = f"s_{table}"
    others.admin(
        f"CREATE SCHEMA {name} AUTHORIZATION {OWNER}; SET ROLE {OWNER}; SET search_path = {name};"
        " CREATE TYPE colour AS ENUM ('red'); CREATE SEQUENCE \"Odd %s\";"
        " CREATE TABLE t (id serial PRIMARY KEY, n integer DEFAULT nextval('\"Odd %s\"'), c colour,"
        " d colour[]);"
        " INSERT INTO t (c, d) VALUES ('red', '{red}'); CREATE VIEW v AS SELECT * FROM t;"
        " CREATE TABLE k (id integer PRIMARY KEY, n integer); INSERT INTO k VALUES (1, 1)"
    )
    return name


def refused(others: Others, ask: Ask, schema: str) -> list[str]:
    """The grants that a refusal names."""
    answer = ask(others.client, schema)
    assert (answer.status, answer.error_type) == (403, "Forbidden"), answer
    grants: list[str] = answer.body["details"]["grants"]
    assert "; ".join(grants) in answer.body["message"]
    return grants


@pytest.mark.parametrize(("ask", "grants"), MISSING.values(), ids=MISSING)
def test_what_is_not_granted_is_named_and_enough(
    others: Others, schema: str, ask: Ask, grants: list[str]
) -> None:
    usage = f'GRANT USAGE ON SCHEMA "{schema}" TO {others.gateway}'
    wanted = [grant.format(s=schema, u=others.gateway) for grant in grants]
    found = refused(others, ask, schema)
    assert found == (
        [wanted[0].replace("CREATE", "USAGE, CREATE")] if "CREATE" in wanted[0] else [usage, *wanted]
    )
    others.admin(usage)
    assert refused(others, ask, schema) == wanted
    others.admin("; ".join(wanted))
    assert ask(others.client, schema).status in (200, 201, 204)


def test_the_schema_of_a_type_is_named_too(others: Others, schema: str, table: str) -> None:
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, c {schema}.colour, d {schema}.colour[])")

    def ask(client: Client, _: str) -> Answer:
        return client.write(table, [{"id": 1, "c": "red", "d": ["red"]}])

    wanted = [f'GRANT USAGE ON SCHEMA "{schema}" TO {others.gateway}']
    assert refused(others, ask, schema) == wanted
    others.admin("; ".join(wanted))
    assert ask(others.client, schema).status == 201
    assert others.client.read(table).rows == [{"id": 1, "c": "red", "d": ["red"]}]


def test_a_schema_that_may_not_be_made_is_named(others: Others, table: str) -> None:
    def ask(client: Client, schema: str) -> Answer:
        return client.send("PUT", client.path("made", schema), TABLE)

    database = others.client.catalog
    others.admin(f"REVOKE CREATE ON DATABASE {database} FROM {others.gateway}")
    wanted = [f'GRANT CREATE ON DATABASE "{database}" TO {others.gateway}']
    assert refused(others, ask, f"s_{table}") == wanted
    others.admin("; ".join(wanted))
    assert ask(others.client, f"s_{table}").status == 201


def test_a_database_that_may_not_be_connected_to_is_named(others: Others, table: str) -> None:
    others.admin(f"CREATE DATABASE {table}")
    others.admin(f"REVOKE CONNECT ON DATABASE {table} FROM PUBLIC")

    def ask(client: Client, schema: str) -> Answer:
        return client.get(client.path(schema=schema, catalog=table))

    wanted = [f'GRANT CONNECT ON DATABASE "{table}" TO {others.gateway}']
    assert refused(others, ask, "public") == wanted
    others.admin("; ".join(wanted))
    assert ask(others.client, "public").body == {"tables": []}


def test_a_database_that_may_not_be_made_is_named(others: Others, table: str) -> None:
    def ask(client: Client, schema: str) -> Answer:
        return client.send("PUT", client.path("made", schema, table), TABLE)

    others.admin(f"ALTER ROLE {others.gateway} NOCREATEDB")
    wanted = [f"ALTER ROLE {others.gateway} CREATEDB"]
    assert refused(others, ask, "public") == wanted
    others.admin("; ".join(wanted))
    assert ask(others.client, "mine").status == 201


def backend(others: Others, schema: str) -> LakebaseBackend:
    return LakebaseBackend.from_env({**others.workspace.environment("autoscaling"), "GATEWAY_SCHEMA": schema})


def test_all_that_is_missing_in_a_schema_is_listed(others: Others, schema: str) -> None:
    found = backend(others, schema)
    grants = found.missing_grants()
    assert list(grants) == [
        grant.format(s=schema, u=others.gateway)
        for grant in (
            'GRANT USAGE, CREATE ON SCHEMA "{s}" TO {u}',
            'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "{s}"."k" TO {u}',
            'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "{s}"."t" TO {u}',
            'GRANT SELECT ON TABLE "{s}"."v" TO {u}',
            'GRANT USAGE ON SEQUENCE "{s}"."Odd %s" TO {u}',
            'GRANT USAGE ON SEQUENCE "{s}"."t_id_seq" TO {u}',
        )
    ]
    others.admin("; ".join(grants))
    assert found.missing_grants() == ()
    found.close()


def test_what_is_missing_of_thousands_of_tables_is_asked_in_few_statements(
    others: Others, table: str
) -> None:
    others.admin(f"CREATE SCHEMA s_{table} AUTHORIZATION {OWNER}")
    others.admin(
        "DO $$BEGIN FOR n IN 1..2000 LOOP"
        f" EXECUTE format('CREATE TABLE s_{table}.t%s (id serial)', n); END LOOP; END$$"
    )
    found = backend(others, f"s_{table}")
    found.ping()
    others.workspace.set_latency(0.05)
    try:
        before = time.monotonic()
        assert len(found.missing_grants()) == 4001
        assert time.monotonic() - before < 20  # seconds; with a question for each table it takes minutes
    finally:
        others.workspace.set_latency(0)
    found.close()
