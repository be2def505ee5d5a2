"""Keys, constraints, triggers and policies of tables that others made in Postgres."""

import pytest

from tests.client import Client, Row
from tests.lakebase.others import Others


def test_a_table_without_a_key_is_read_and_written(client: Client, others: Others, table: str) -> None:
    others.run(f"CREATE TABLE {table} (a integer UNIQUE, b json, c point, d integer[])")
    rows: list[Row] = [
        {"a": 1, "b": "{}", "c": "(1,2)", "d": [1]},
        *[{"a": None, "b": "[1]", "c": None, "d": None}] * 3,
    ]
    assert client.get(client.path(table)).body["primary_key"] == []
    assert client.write(table, rows).status == 201
    assert client.write(table, rows[:1]).status == 409
    assert [row for page in client.pages(table, limit=1) for row in page] == rows
    assert [len(page) for page in client.pages(table, limit=1, columns=["c"], order_by=["-c"])] == [1] * 4
    assert client.write(table, rows[:1], on_conflict="update").error_type == "Unsupported"
    assert client.delete(table, filters=[{"column": "b", "value": "[1]"}], soft=False).body["count"] == 3


def test_columns_that_were_dropped_are_not_missed(client: Client, others: Others, table: str) -> None:
    others.run(f"CREATE TABLE {table} (a integer, gone integer, id integer, too json, b text DEFAULT 'x')")
    others.run(f"ALTER TABLE {table} DROP COLUMN gone, DROP COLUMN too, ADD COLUMN c integer")
    others.run(f"ALTER TABLE {table} ADD CHECK (c > 0), ADD PRIMARY KEY (id)")
    assert client.write(table, [{"id": 1, "a": 2}, {"id": 2, "c": 5, "b": None}]).status == 201
    assert client.write(table, [{"id": 1, "c": 6}], on_conflict="update").status == 201
    bulk = [{"key_value": 2, "updates": {"a": 9}}]
    assert client.update(table, key_column="id", bulk_updates=bulk).status == 200
    assert client.read(table).rows == [
        {"a": 2, "id": 1, "b": "x", "c": 6},
        {"a": 9, "id": 2, "b": None, "c": 5},
    ]


def test_a_key_may_have_its_columns_in_another_order_and_include_more(
    client: Client, others: Others, table: str
) -> None:
    others.run(f"CREATE TABLE {table} (a integer, b mood, c integer, d text, PRIMARY KEY (b, a) INCLUDE (c))")
    assert client.get(client.path(table)).body["primary_key"] == ["b", "a"]
    rows = [{"b": mood, "a": number, "c": None, "d": "x"} for mood in ("ok", "sad") for number in (1, 2)]
    assert client.write(table, rows).status == 201
    assert client.write(table, [{"b": "ok", "a": 1, "c": 7}], on_conflict="update").status == 201
    assert client.update(table, keys={"b": "ok", "a": 1}, updates={"d": "y"}).body["count"] == 1
    pages = client.pages(table, limit=3)
    assert [row for page in pages for row in page] == [{**rows[0], "c": 7, "d": "y"}, *rows[1:]]


def test_a_deferred_key_holds_at_the_end_and_cannot_tell_conflicts(
    client: Client, others: Others, table: str
) -> None:
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, n integer)")
    assert client.write(table, [{"id": 1}]).status == 201
    assert (client.write(table, [{"id": 1}]).status, client.count(table)) == (409, 1)
    for on_conflict in ("update", "ignore"):
        answer = client.write(table, [{"id": 1}], on_conflict=on_conflict)
        assert (answer.status, answer.error_type) == (400, "Unsupported")
    assert client.update(table, key_column="id", key_value=1, updates={"n": 2}).status == 200


@pytest.mark.parametrize("most", [{}, {"max_affected": 5}])
def test_a_deferred_foreign_key_refuses_the_change(
    client: Client, others: Others, table: str, most: dict[str, object]
) -> None:
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY)")
    others.run(
        f"CREATE TABLE c_{table} (id integer PRIMARY KEY, parent integer REFERENCES {table}"
        " DEFERRABLE INITIALLY DEFERRED)"
    )
    assert client.write(f"c_{table}", [{"id": 1}]).status == 201
    filters = [{"column": "id", "value": 1}]
    answers = [
        client.write(f"c_{table}", [{"id": 2, "parent": 7}]),
        client.update(f"c_{table}", filters=filters, updates={"parent": 7}, **most),
    ]
    assert [answer.status for answer in answers] == [409, 409]
    assert "foreign key" in answers[1].body["message"]
    assert client.read(f"c_{table}").rows == [{"id": 1, "parent": None}]


def test_what_a_constraint_excludes_conflicts(client: Client, others: Others, table: str) -> None:
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, r int4range, EXCLUDE USING gist (r WITH &&))")
    assert client.write(table, [{"id": 1, "r": "[1,5)"}]).status == 201
    answer = client.write(table, [{"id": 2, "r": "[9,10)"}, {"id": 3, "r": "[2,3)"}])
    assert (answer.status, client.count(table)) == (409, 1)


def test_triggers_run_and_may_refuse(client: Client, others: Others, table: str) -> None:
    others.run(
        f"CREATE TABLE {table} (id integer PRIMARY KEY, n integer); CREATE TABLE log_{table} (id integer);"
        f" CREATE FUNCTION f_{table}() RETURNS trigger LANGUAGE plpgsql SET search_path = others AS"
        " $$BEGIN IF NEW.n < 0 THEN RAISE EXCEPTION 'secret words'; END IF; IF NEW.n = 0 THEN RETURN NULL;"
        f" END IF; INSERT INTO log_{table} VALUES (NEW.id); RETURN NEW; END$$;"
        f" CREATE TRIGGER t BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION f_{table}()"
    )
    assert client.write(table, [{"id": 1, "n": 1}, {"id": 2, "n": 2}, {"id": 3, "n": 0}]).body["count"] == 2
    answer = client.update(table, filters=[{"column": "id", "op": ">", "value": 0}], updates={"n": -1})
    assert (answer.status, b"secret" in answer.content) == (409, False)
    assert [row["n"] for row in client.read(table).rows] == [1, 2]
    assert client.count(f"log_{table}") == 2


def test_a_policy_hides_rows_and_refuses_others(client: Client, others: Others, table: str) -> None:
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, owner text)")
    others.run(f"INSERT INTO {table} VALUES (1, 'me'), (2, 'you')")
    others.run(
        f"CREATE POLICY mine ON {table} USING (owner = 'me'); ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    )
    assert client.read(table, include_total=True).rows == [{"id": 1, "owner": "me"}]
    answers = [
        client.write(table, [{"id": 3, "owner": "me"}, {"id": 4, "owner": "you"}]),
        client.update(table, key_column="id", key_value=1, updates={"owner": "you"}),
        client.write(table, [{"id": 2, "owner": "me"}], on_conflict="update"),
    ]
    for answer in answers:
        assert (answer.status, answer.error_type) == (403, "Forbidden"), answer
        assert "row-level security" in answer.body["message"] and "grants" not in answer.body["details"]
    assert client.update(table, key_column="id", key_value=2, updates={"owner": "me"}).status == 404
    assert others.ask(f"SELECT * FROM {table}") == [[1, "me"], [2, "you"]]


def test_a_uuid_that_is_brought_twice_conflicts(client: Client, others: Others, table: str) -> None:
    others.run(f"CREATE TABLE {table} (id uuid PRIMARY KEY, n integer)")
    one = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    for on_conflict in ("error", "update"):
        answer = client.write(table, [{"id": one}, {"id": one.upper()}], on_conflict=on_conflict)
        assert (answer.status, client.count(table)) == (409, 0)


def test_a_function_of_others_is_not_taken_for_postgres_own(
    client: Client, others: Others, table: str
) -> None:
    others.admin(f"GRANT CREATE ON SCHEMA public TO {others.gateway}, legacy")
    body = "RETURNS json LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'caught'; END$$"
    others.run(f"CREATE OR REPLACE FUNCTION public.to_json(double precision) {body}")
    others.run(f"CREATE OR REPLACE FUNCTION public.to_json(real) {body}")
    others.run(f"CREATE TABLE {table} (id integer PRIMARY KEY, f double precision, r real)")
    assert client.write(table, [{"id": 1, "f": 0.5, "r": 0.5}]).status == 201
    assert client.read(table).rows == [{"id": 1, "f": 0.5, "r": 0.5}]


@pytest.mark.parametrize("name", ["pg_authid", "pg_stat_activity", "pg_class"])
def test_the_databases_own_tables_are_none(client: Client, name: str) -> None:
    assert client.read(name, schema="pg_catalog").status == 404
    assert client.delete(name, schema="pg_catalog", filters=[{"column": "oid", "value": 1}]).status == 404


def test_a_template_is_no_catalog(client: Client) -> None:
    assert client.get("/api/v1/catalogs/template1/schemas").status == 404
