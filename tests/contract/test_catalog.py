"""Catalogs, schemas and tables: listed, described, created and dropped."""

import json
from urllib.parse import quote

import pytest

from tests.client import Client, Row, columns_of, new_name

COLUMNS = {"id": "INT", "name": "STRING"}
AUDIT = [
    ("created_at", "TIMESTAMP"), ("created_by", "STRING"), ("updated_at", "TIMESTAMP"),
    ("updated_by", "STRING"), ("deleted_at", "TIMESTAMP"),
]  # fmt: skip


def test_catalogs_are_listed(client: Client, table: str) -> None:
    client.create(table, COLUMNS)
    answer = client.get("/api/v1/catalogs")
    assert (answer.status, list(answer.body)) == (200, ["catalogs"])
    assert client.catalog in answer.body["catalogs"]
    assert answer.body["catalogs"] == sorted(answer.body["catalogs"])


def test_schemas_are_listed(client: Client, table: str) -> None:
    client.create(table, COLUMNS)
    answer = client.get(f"/api/v1/catalogs/{client.catalog}/schemas")
    assert (answer.status, list(answer.body)) == (200, ["schemas"])
    assert client.schema in answer.body["schemas"]
    assert answer.body["schemas"] == sorted(answer.body["schemas"])


def test_a_new_schema_is_listed_with_its_table(client: Client, table: str) -> None:
    schema = new_name()
    body = json.dumps({"columns": columns_of(COLUMNS)})
    assert client.send("PUT", client.path(table, schema), body).status == 201
    schemas = client.get(f"/api/v1/catalogs/{client.catalog}/schemas").body["schemas"]
    assert schema in schemas
    assert client.get(client.path(schema=schema)).body == {"tables": [{"name": table, "kind": "table"}]}


def test_tables_are_listed_by_code_point(client: Client, table: str) -> None:
    schema = new_name()
    for name in ("b", "_", "Z", "a1", "a_", "a"):
        client.write(
            name, [{"id": 1}], schema=schema, auto_create=True, schema_definition=columns_of(COLUMNS)
        )
    names = [found["name"] for found in client.get(client.path(schema=schema)).body["tables"]]
    assert names == ["Z", "_", "a", "a1", "a_", "b"]


def test_a_table_of_another_schema_is_not_listed(client: Client, table: str) -> None:
    schema = new_name()
    client.write(table, [{"id": 1}], schema=schema, auto_create=True, schema_definition=columns_of(COLUMNS))
    names = [found["name"] for found in client.get(client.path()).body["tables"]]
    assert [name for name in names if table in name] == []


def test_a_table_is_described(client: Client, table: str) -> None:
    asked = [
        {"name": "id", "data_type": "bigint", "nullable": False, "comment": "the person's number"},
        {"name": "name", "data_type": "varchar( 20 )", "nullable": False},
        {"name": "balance", "data_type": "Decimal", "comment": '\'; DROP TABLE \u00e9 -- "x"'},
        {"name": "tags", "data_type": "array<struct<k: string, v: decimal(4, 1)>>"},
    ]
    client.define(table, asked, ["id"])
    answer = client.get(client.path(table))
    columns = [tuple(column.values()) for column in answer.body.pop("columns")]
    assert answer.body == {
        "catalog": client.catalog, "schema": client.schema, "name": table, "kind": "table",
        "primary_key": ["id"],
    }  # fmt: skip
    assert columns == [
        ("id", "BIGINT", False, "the person's number"),
        ("name", "VARCHAR(20)", False, None),
        ("balance", "DECIMAL(10,0)", True, '\'; DROP TABLE \u00e9 -- "x"'),
        ("tags", "ARRAY<STRUCT<k:STRING,v:DECIMAL(4,1)>>", True, None),
        *((name, type_, True, None) for name, type_ in AUDIT),
    ]


def test_a_column_is_described_by_four_fields(client: Client, table: str) -> None:
    client.create(table, COLUMNS)
    column = client.get(client.path(table)).body["columns"][0]
    assert list(column) == ["name", "data_type", "nullable", "comment"]


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("boolean", "BOOLEAN"),
        ("TinyInt", "TINYINT"),
        ("smallint", "SMALLINT"),
        ("integer", "INT"),
        ("int", "INT"),
        ("bigint", "BIGINT"),
        ("float", "FLOAT"),
        ("double", "DOUBLE"),
        ("decimal", "DECIMAL(10,0)"),
        ("decimal(38, 38)", "DECIMAL(38,38)"),
        ("string", "STRING"),
        ("varchar(1)", "VARCHAR(1)"),
        ("char(255)", "CHAR(255)"),
        ("date", "DATE"),
        ("timestamp", "TIMESTAMP"),
        ("timestamp_ntz", "TIMESTAMP_NTZ"),
        ("binary", "BINARY"),
        ("array< array<int> >", "ARRAY<ARRAY<INT>>"),
        ("map<string , decimal>", "MAP<STRING,DECIMAL(10,0)>"),
        ("struct<a: int, B: map<int,date>>", "STRUCT<a:INT,B:MAP<INT,DATE>>"),
    ],
)
def test_a_type_is_described_by_its_canonical_name(
    client: Client, table: str, asked: str, canonical: str
) -> None:
    client.create(table, {"id": "INT", "v": asked})
    assert client.get(client.path(table)).body["columns"][1]["data_type"] == canonical


def test_a_key_keeps_its_order_and_is_never_null(client: Client, table: str) -> None:
    client.create(table, {"a": "INT", "b": "STRING", "c": "INT"}, primary_key=["c", "a"])
    described = client.get(client.path(table)).body
    assert described["primary_key"] == ["c", "a"]
    assert [column["nullable"] for column in described["columns"][:3]] == [False, True, False]


def test_creating_a_table_again_as_it_is_answers_200(client: Client, table: str) -> None:
    statuses = [client.define(table, columns_of(COLUMNS), ["id"]).status for _ in range(4)]
    assert statuses == [201, 200, 200, 200]


def test_creating_a_table_describes_it(client: Client, table: str) -> None:
    created = client.define(table, columns_of(COLUMNS), ["id"]).body
    again = client.define(table, columns_of(COLUMNS), ["id"]).body
    assert created == again == client.get(client.path(table)).body


@pytest.mark.parametrize(
    ("columns", "primary_key"),
    [
        (columns_of({"id": "BIGINT", "name": "STRING"}), ["id"]),
        (columns_of({"id": "INT", "name": "VARCHAR(5)"}), ["id"]),
        (columns_of(COLUMNS, required=["name"]), ["id"]),
        (columns_of({**COLUMNS, "age": "INT"}), ["id"]),
        (columns_of(COLUMNS), []),
        (columns_of(COLUMNS, required=["name"]), ["id", "name"]),
    ],
)
def test_creating_a_table_that_differs_is_a_conflict(
    client: Client, table: str, columns: list[Row], primary_key: list[str]
) -> None:
    client.fill(table, COLUMNS, [{"id": 1}])
    answer = client.define(table, columns, primary_key)
    assert (answer.status, answer.error_type, client.count(table)) == (409, "Conflict", 1)


@pytest.mark.parametrize(
    "data_type",
    ["VARCHAR", "CHAR", "VARCHAR(0)", "VARCHAR(-1)", "CHAR(x)", "DECIMAL(39,0)", "DECIMAL(5,6)",
     "DECIMAL(0,0)",
     "DECIMAL(5,2,1)", "TEXT", "NUMBER", "", " ", "INT(5)", "ARRAY", "ARRAY<>", "ARRAY<INT", "MAP<INT>",
     "MAP<ARRAY<INT>,INT>", "STRUCT<>", "STRUCT<a>", "STRUCT<a:INT,a:INT>", "INT; DROP TABLE x", "INT, x INT",
     "INT DEFAULT 1", "INT\u0000", "\u00e9", "ARRAY<" * 5000, "ARRAY<" * 17 + "INT" + ">" * 17, "I N T"],
)  # fmt: skip
def test_an_unknown_type_is_refused(client: Client, table: str, data_type: str) -> None:
    answer = client.define(table, [*columns_of(COLUMNS), {"name": "v", "data_type": data_type}])
    assert (answer.status, answer.places[0]) == (400, ("columns", 2, "data_type"))
    assert client.get(client.path(table)).status == 404


@pytest.mark.parametrize(
    ("columns", "primary_key", "place"),
    [
        ([], [], "columns"),
        (columns_of(COLUMNS) + columns_of(COLUMNS), [], "columns"),
        ([{"name": "id"}], [], "columns"),
        ([{"data_type": "INT"}], [], "columns"),
        ([{"name": "a-b", "data_type": "INT"}], [], "columns"),
        ([{"name": "a" * 256, "data_type": "INT"}], [], "columns"),
        ([{"name": "id", "data_type": "INT", "size": 4}], [], "columns"),
        (columns_of(COLUMNS), ["shoe"], "primary_key"),
        (columns_of(COLUMNS), ["id", "id"], "primary_key"),
        (columns_of({"id": "ARRAY<INT>"}), ["id"], "primary_key"),
    ],
)
def test_a_definition_that_cannot_be_meant_creates_nothing(
    client: Client, table: str, columns: list[Row], primary_key: list[str], place: str
) -> None:
    answer = client.define(table, columns, primary_key)
    assert (answer.status, answer.error_type, answer.places[0][0]) == (400, "Invalid", place)
    assert client.get(client.path(table)).status == 404


@pytest.mark.parametrize("name", ["1abc", "a-b", "a b", "a.b", 'a"b', "\u00e9", "a'b", "a`b", "a" * 256])
def test_a_new_table_has_a_plain_name(client: Client, name: str) -> None:
    assert client.define(name, columns_of(COLUMNS)).status == 400


@pytest.mark.parametrize("name", ["sqlite_stat9", "pg_class", "information_schema", "rowid", "select"])
def test_a_name_that_a_database_keeps_to_itself_is_refused_or_taken(client: Client, name: str) -> None:
    fields = {"auto_create": True, "schema_definition": columns_of(COLUMNS)}
    assert client.write(name, [{"id": 1}], schema=new_name(), **fields).status in (201, 400, 409)


@pytest.mark.parametrize("name", ["sqlite_stat9", "pg_class9", "information_schema9"])
def test_a_name_that_a_database_keeps_in_the_usual_schema_is_refused_or_taken(
    client: Client, name: str
) -> None:
    assert client.define(name, columns_of(COLUMNS)).status in (200, 201, 400, 409)


def test_a_table_can_be_dropped_once(client: Client, table: str) -> None:
    client.create(table, COLUMNS)
    dropped = client.send("DELETE", client.path(table))
    assert (dropped.status, dropped.content) == (204, b"")
    assert client.send("DELETE", client.path(table)).status == 404


def test_a_table_with_thousands_of_columns_is_refused_or_made(client: Client, table: str) -> None:
    answer = client.define(table, columns_of({f"c{number}": "INT" for number in range(2500)}))
    assert answer.status in (201, 400)


def test_a_table_may_have_hundreds_of_columns(client: Client, table: str) -> None:
    columns = {f"c{number}": "STRING" for number in range(300)}
    client.create(table, {"id": "INT", **columns})
    rows = [{"id": at, **dict.fromkeys(columns, f"{at}")} for at in range(20)]
    client.write(table, rows)
    client.update(table, key_column="id", key_value=7, updates=dict.fromkeys(columns, "x"))
    rows[7].update(dict.fromkeys(columns, "x"))
    assert client.read(table, columns=["id", *columns]).rows == rows


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/catalogs/nowhere/schemas",
        "/api/v1/catalogs/nowhere/schemas/main/tables",
        "/api/v1/catalogs/{catalog}/schemas/nowhere/tables",
        "/api/v1/catalogs/{catalog}/schemas/{schema}/tables/nothing",
        "/api/v1/catalogs/{catalog}/schemas/nowhere/tables/nothing",
        "/api/v1/catalogs/nowhere/schemas/main/tables/nothing",
        *(
            f"/api/v1/catalogs/{{catalog}}/schemas/{{schema}}/tables/{quote(name)}"
            for name in ("a.b", 'a"b', "'; DROP TABLE x; --", "\u00e9\U0001f600", "a" * 255, " ", "%")
        ),
        *(f"/api/v1/catalogs/{quote(name)}/schemas" for name in ("..", "a\\b", 'a"b', "\u00e9", "main.db")),
    ],
)
def test_what_is_not_there_is_404(client: Client, path: str) -> None:
    answer = client.get(path.format(catalog=client.catalog, schema=client.schema))
    assert (answer.status, answer.error_type) == (404, "NotFound")


@pytest.mark.parametrize("name", ["a%00b", "a%0Ab", "a" * 256, "%7F"])
def test_a_name_that_cannot_be_is_refused(client: Client, name: str) -> None:
    answer = client.get(f"{client.path()}/{name}")
    assert (answer.status, answer.error_type) == (400, "Invalid")


def test_a_table_whose_name_differs_in_case_only_is_a_conflict(client: Client, table: str) -> None:
    client.create(table, {"id": "INT"})
    answer = client.define(table.upper(), columns_of({"id": "INT"}))
    assert (answer.status, client.get(client.path(table.upper())).status) == (409, 404)


def test_a_schema_whose_name_differs_in_case_only_is_a_conflict(client: Client, table: str) -> None:
    schema, body = new_name(), json.dumps({"columns": columns_of(COLUMNS)})
    assert client.send("PUT", client.path(table, schema), body).status == 201
    statuses = [
        client.send("PUT", client.path(name, schema.upper()), body).status for name in (table, "other")
    ]
    assert (statuses, client.get(client.path(schema=schema.upper())).status) == ([409, 409], 404)


def test_an_empty_comment_is_none(client: Client, table: str) -> None:
    definition = [{"name": "id", "data_type": "INT", "comment": ""}]
    statuses = [client.define(table, definition).status for _ in range(2)]
    found = client.get(client.path(table)).body["columns"][0]["comment"]
    assert (statuses, found) == ([201, 200], None)


@pytest.mark.parametrize(
    "name",
    [
        "password authentication failed for user",
        "Failed to decode token",
        'role "x" does not exist',
        "d" * 70,
    ],
)
def test_no_name_of_a_catalog_means_anything(client: Client, table: str, name: str) -> None:
    client.fill(table, COLUMNS, [{"id": 1}])
    statuses = {client.get(f"/api/v1/catalogs/{quote(name)}/schemas").status for _ in range(6)}
    assert (statuses, client.ids(table)) == ({404}, [1])
