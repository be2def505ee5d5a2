"""Quotes, SQL, NUL and emoji in every string that a caller controls: kept as they are, or refused."""

import pytest

from tests.client import Client, Row, columns_of, new_name
from tests.effort import some

COLUMNS = {"id": "INT", "name": "STRING"}
HOSTILE = [
    "'; DROP TABLE {table}; --",
    '"; DROP TABLE {table}; --',
    "' OR '1'='1",
    '" OR "1"="1',
    "1 OR 1=1",
    "') OR 1=1 --",
    "'; DELETE FROM {table} WHERE 'a'='a",
    "`; DROP TABLE {table}; --",
    "]; DROP TABLE {table}; --",
    "/**/",
    "--",
    "#",
    "a.b",
    "main.{table}",
    '"{table}"',
    "'{table}'",
    "`{table}`",
    "[{table}]",
    "{table} t",
    "{table};",
    "{table} ",
    "%",
    "_",
    "%s",
    "%(x)s",
    "?",
    ":x",
    "$1",
    "{{x}}",
    "{{0}}",
    "\\",
    "\\'",
    '\\"',
    "\\\\",
    "a\\",
    "''",
    '""',
    "' '",
    "\U0001f600",
    "\u00e9",
    "\u202e",
    "\ufeff",
    "\u2028",
    "a" * 255,
    "SELECT",
    "NULL",
    "null",
    "None",
    "rowid",
    "sqlite_master",
    "pg_catalog.pg_class",
    "information_schema.tables",
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\",
    "id)",
    "id,name",
    "id AS x",
    "id;",
    "COUNT(*)",
    "CAST(1 AS INT)",
    "(SELECT 1)",
    "1",
    "0",
    "true",
    "\uffff",
]
NUL = "a\u0000b"


@pytest.fixture
def people(client: Client, table: str) -> str:
    """A table that no hostile string may harm."""
    return client.fill(table, COLUMNS, [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}])


def texts(table: str) -> list[str]:
    """The hostile strings, meant for this table."""
    return [text.replace("{table}", table).replace("{{", "{").replace("}}", "}") for text in some(HOSTILE)]


def test_values_are_kept_as_they_are(client: Client, people: str) -> None:
    hostile = texts(people)
    client.write(people, [{"id": 10 + at, "name": text} for at, text in enumerate(hostile)])
    rows = client.read(people, columns="name", offset=2, limit=1000).rows
    assert [row["name"] for row in rows] == hostile


def test_updates_are_kept_as_they_are(client: Client, people: str) -> None:
    hostile = texts(people)
    found = []
    for text in hostile:
        client.update(people, key_column="id", key_value=1, updates={"name": text})
        found.append(client.read(people, columns="name", limit=1).rows[0]["name"])
    assert found == hostile


def test_filters_match_only_what_is_equal(client: Client, people: str) -> None:
    hostile = texts(people)
    client.write(people, [{"id": 10 + at, "name": text} for at, text in enumerate(hostile)])
    found = [client.ids(people, filters=[{"column": "name", "value": text}]) for text in hostile]
    assert found == [[10 + at] for at in range(len(hostile))]


def test_keys_match_only_what_is_equal(client: Client, people: str) -> None:
    for text in texts(people):
        found = [
            client.update(people, key_column="name", key_value=text, updates={"name": "x"}).status,
            client.update(people, keys={"name": text}, updates={"name": "x"}).status,
            client.delete(people, key_column="name", key_value=text).status,
        ]
        assert (text, found) == (text, [404, 404, 404])
    assert client.read(people, columns="name").rows == [{"name": "Ada"}, {"name": "Bob"}]


@pytest.mark.parametrize("field", ["table", "schema", "catalog"])
def test_a_name_of_what_is_not_there_is_404(client: Client, people: str, field: str) -> None:
    found = {}
    for text in texts(people):
        answer = client.post("/api/v1/records/read", {"table": people, field: text})
        if (answer.status, answer.error_type) != (404, "NotFound"):
            found[text] = answer
    assert (found, client.ids(people)) == ({}, [1, 2])


@pytest.mark.parametrize("field", ["table", "schema", "catalog"])
def test_nothing_is_written_where_nothing_is(client: Client, people: str, field: str) -> None:
    found = {}
    for text in texts(people):
        answer = client.post("/api/v1/records/write", {"table": people, "data": [{"id": 3}], field: text})
        if (answer.status, answer.error_type) != (404, "NotFound"):
            found[text] = answer
    assert (found, client.ids(people)) == ({}, [1, 2])


def places_of_a_column(name: str) -> list[tuple[str, Row]]:
    """Every request that names a column, with `name` for it."""
    by_id: Row = {"key_column": "id", "key_value": 1}
    return [
        ("read", {"columns": ["id", name]}),
        ("read", {"order_by": [{"column": name}]}),
        ("read", {"filters": [{"column": name, "op": "IS NULL"}]}),
        ("read", {"filters": [{"not": {"column": name, "value": "x"}}]}),
        ("write", {"data": [{"id": 3, name: "x"}]}),
        ("update", {"key_column": name, "key_value": 1, "updates": {"name": "x"}}),
        ("update", {"keys": {name: 1}, "updates": {"name": "x"}}),
        ("update", {**by_id, "updates": {name: "x"}}),
        ("update", {"key_column": "id", "bulk_updates": [{"key_value": 1, "updates": {name: "x"}}]}),
        ("delete", {"key_column": name, "key_value": 1}),
        ("delete", {"keys": {name: 1}}),
    ]


@pytest.mark.parametrize("place", range(len(places_of_a_column(""))))
def test_an_unknown_column_is_refused_wherever_it_is_named(client: Client, people: str, place: int) -> None:
    accepted = {}
    for text in [*texts(people), NUL, "", "a" * 10_000]:
        verb, fields = places_of_a_column(text)[place]
        answer = client.post(f"/api/v1/records/{verb}", {"table": people, **fields})
        if (answer.status, answer.error_type) != (400, "Invalid"):
            accepted[text] = answer
    rows = client.read(people, columns=["id", "name"]).rows
    assert (accepted, rows) == ({}, [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}])


def a_word(field: str, text: str) -> tuple[str, Row]:
    """A request with `text` for one of the words that it takes."""
    created: Row = {"auto_create": True, "schema_definition": [{"name": "id", "data_type": text}]}
    requests: dict[str, tuple[str, Row]] = {
        "op": ("read", {"filters": [{"column": "id", "op": text, "value": 1}]}),
        "direction": ("read", {"order_by": [{"column": "id", "direction": text}]}),
        "cursor": ("read", {"cursor": text}),
        "on_conflict": ("write", {"data": [{"id": 3}], "on_conflict": text}),
        "data_type": ("write", {"data": [{"id": 3}], **created}),
    }
    return requests[field]


@pytest.mark.parametrize("field", ["op", "direction", "cursor", "on_conflict", "data_type"])
def test_a_word_that_is_none_is_refused(client: Client, people: str, field: str) -> None:
    accepted = {}
    for text in [*texts(people), NUL, ""]:
        verb, fields = a_word(field, text)
        answer = client.post(f"/api/v1/records/{verb}", {"table": people, **fields})
        if (answer.status, answer.error_type) != (400, "Invalid"):
            accepted[text] = answer
    assert (accepted, client.ids(people)) == ({}, [1, 2])


def test_comments_are_kept_as_they_are(client: Client, people: str) -> None:
    hostile = texts(people)
    definition = columns_of({f"c{at}": "INT" for at in range(len(hostile))})
    commented = [{**column, "comment": text} for column, text in zip(definition, hostile, strict=True)]
    other = new_name()
    assert client.define(other, commented).status == 201
    columns = client.get(client.path(other)).body["columns"][: len(hostile)]
    assert [column["comment"] for column in columns] == hostile


def test_a_comment_with_nul_is_refused(client: Client, table: str) -> None:
    answer = client.define(table, [{"name": "id", "data_type": "INT", "comment": NUL}])
    assert (answer.status, client.get(client.path(table)).status) == (400, 404)


@pytest.mark.parametrize(
    "header",
    [
        "X-Request-Id",
        "X-Forwarded-Email",
        "X-Forwarded-User",
        "Accept",
        "Authorization",
        "Cookie",
        "Range",
        "If-Match",
        "Accept-Encoding",
        "User-Agent",
        "X-Forwarded-Proto",
        "X-HTTP-Method-Override",
        "Origin",
    ],
)
def test_headers_do_no_harm(client: Client, people: str, header: str) -> None:
    body = {"table": people, "data": [{"id": 1}], "on_conflict": "ignore"}
    odd = {text: text.encode() for text in texts(people) if text.isprintable() and text.strip() == text}
    found = {
        text: client.post("/api/v1/records/write", body, {header: sent}).status for text, sent in odd.items()
    }
    assert (set(found.values()), client.ids(people)) == ({201}, [1, 2])
