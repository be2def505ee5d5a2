"""Tables as other programs make them: read, paged, filtered and written through the same API."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.app_client import AppClient
from tests.client import Row
from tests.sqlite.conftest import Others

SQLALCHEMY = """
CREATE TABLE users (
    id INTEGER NOT NULL,
    name VARCHAR(30) NOT NULL,
    fullname VARCHAR,
    balance NUMERIC(10, 2),
    active BOOLEAN,
    born DATE,
    joined DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name),
    CHECK (balance >= 0)
);
CREATE TABLE addresses (
    user_id INTEGER NOT NULL,
    kind VARCHAR(10) NOT NULL,
    email VARCHAR NOT NULL,
    PRIMARY KEY (user_id, kind),
    FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO users VALUES (1, 'ada', NULL, 10.5, 1, '1815-12-10', '2025-12-06 10:30:00.000000');
"""
DJANGO = """
CREATE TABLE "shop_item" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "title" varchar(200) NOT NULL,
    "price" decimal NOT NULL,
    "on_sale" bool NOT NULL,
    "created_at" datetime NOT NULL,
    "updated_at" datetime NOT NULL,
    "uuid" char(32) NOT NULL UNIQUE,
    "data" text NOT NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)),
    "stock" integer unsigned NOT NULL CHECK ("stock" >= 0)
);
"""
ITEM: Row = {
    "title": "Pen", "price": 1.5, "on_sale": False, "updated_at": "2025-12-06T00:00:00", "uuid": "0" * 32,
    "data": "{}", "stock": 3,
}  # fmt: skip
NAMES = [
    "a b", 'a"b', "a'b", "a`b", "[a]", "a\\b", "a%b", "a?b", "a:b", "a;b", "--", "select", "order", "ORDER",
    "value",
    "rowid", "\u00e9", "\U0001f600", "1", " ", "a/b", "a#b", "%2e", "(a)", "sqlite", "x" * 255, "oid", "0",
]  # fmt: skip


def test_a_table_of_sqlalchemy_is_described(client: AppClient, others: Others) -> None:
    others(SQLALCHEMY)
    described = client.get(client.path("users")).body
    columns = [(column["name"], column["data_type"], column["nullable"]) for column in described["columns"]]
    assert (described["kind"], described["primary_key"]) == ("table", ["id"])
    assert columns == [
        ("id", "BIGINT", False),
        ("name", "VARCHAR(30)", False),
        ("fullname", "STRING", True),
        ("balance", "DECIMAL(10,2)", True),
        ("active", "BOOLEAN", True),
        ("born", "DATE", True),
        ("joined", "TIMESTAMP_NTZ", False),
    ]


def test_a_table_of_sqlalchemy_is_read_and_written(client: AppClient, others: Others) -> None:
    others(SQLALCHEMY)
    assert client.write("users", [{"name": "bob", "balance": 1, "active": False}]).status == 201
    ada, bob = client.read("users").rows
    assert ada == {
        "id": 1, "name": "ada", "fullname": None, "balance": 10.5, "active": True, "born": "1815-12-10",
        "joined": "2025-12-06T10:30:00",
    }  # fmt: skip
    assert (bob["id"], bob["balance"], bob["active"], bob["joined"][:2]) == (2, 1, False, "20")


@pytest.mark.parametrize(
    ("table", "row", "words"),
    [
        ("users", {"id": 1, "name": "x"}, "primary key"),
        ("users", {"name": "ada"}, "unique key"),
        ("users", {"name": "x", "balance": -1}, "CHECK"),
        ("addresses", {"user_id": 9, "kind": "home", "email": "x"}, "foreign key"),
    ],
)
def test_what_a_constraint_refuses_conflicts_and_nothing_is_written(
    client: AppClient, others: Others, table: str, row: Row, words: str
) -> None:
    others(SQLALCHEMY)
    before = client.count(table)
    fit = {"user_id": 1, "kind": "work", "email": "x"} if table == "addresses" else {"name": "fit"}
    answer = client.write(table, [fit, row])
    assert (answer.status, answer.error_type, words in answer.body["message"]) == (409, "Conflict", True), (
        answer
    )
    assert client.count(table) == before


def test_a_row_that_others_refer_to_cannot_be_deleted(client: AppClient, others: Others) -> None:
    others(SQLALCHEMY + "INSERT INTO addresses VALUES (1, 'home', 'ada@example.org')")
    answer = client.delete("users", key_column="id", key_value=1, soft=False)
    assert (answer.status, client.count("users")) == (409, 1)


def test_a_row_of_a_composite_key_is_updated(client: AppClient, others: Others) -> None:
    others(SQLALCHEMY + "INSERT INTO addresses VALUES (1, 'home', 'x'), (1, 'work', 'y')")
    keys = {"user_id": 1, "kind": "work"}
    assert client.update("addresses", keys=keys, updates={"email": "z"}).status == 200
    assert [row["email"] for row in client.read("addresses").rows] == ["x", "z"]


def test_a_table_of_django_is_written_its_times_filled_in(client: AppClient, others: Others) -> None:
    others(DJANGO)
    assert client.write("shop_item", [ITEM]).status == 201
    found = client.read("shop_item").rows
    assert [{name: row[name] for name in ("id", *ITEM)} for row in found] == [{"id": 1, **ITEM}]
    assert found[0]["created_at"] > "2025"


def test_what_nothing_fills_in_is_missed(client: AppClient, others: Others) -> None:
    others(DJANGO)
    answer = client.write("shop_item", [{name: ITEM[name] for name in ITEM if name != "updated_at"}])
    assert (answer.status, answer.places) == (400, [("data", 0, "updated_at")])


def test_a_key_that_counts_by_itself_is_never_used_again(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, s TEXT)")
    client.write("t", [{"s": "a"}, {"s": "b"}, {"s": "c"}])
    client.delete("t", key_column="id", key_value=3, soft=False)
    client.write("t", [{"s": "d"}])
    assert client.ids("t") == [1, 2, 4]


@pytest.mark.parametrize("name", NAMES)
def test_tables_and_columns_may_have_any_name(client: AppClient, others: Others, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    others(f"CREATE TABLE {quoted} ({quoted} INTEGER, other TEXT)")
    for number in (1, 2, 3):
        assert client.write(name, [{name: number, "other": "x"}]).status == 201
    assert client.update(name, key_column=name, key_value=2, updates={"other": "y"}).body["count"] == 1
    assert client.delete(name, filters=[{"column": name, "op": "IN", "value": [3]}], soft=False).status == 200
    pages = client.pages(name, order_by=[{"column": name, "direction": "desc"}], limit=1)
    assert pages == [[{name: 2, "other": "y"}], [{name: 1, "other": "x"}]]
    assert client.get(client.path()).body["tables"] == [{"name": name, "kind": "table"}]


def test_names_that_differ_in_little_are_told_apart(client: AppClient, others: Others) -> None:
    others('CREATE TABLE "a" (x); CREATE TABLE "a " (x); INSERT INTO "a " VALUES (1)')
    assert [client.count("a"), client.count("a ")] == [0, 1]
    assert client.read("A").status == 404


def test_a_name_with_a_dot_has_its_schema_before_it(client: AppClient, others: Others) -> None:
    others('CREATE TABLE "sales.2024.q1" (x); INSERT INTO "sales.2024.q1" VALUES (1)')
    assert client.get("/api/v1/catalogs/main/schemas").body == {"schemas": ["main", "sales"]}
    assert client.get(client.path()).body == {"tables": []}
    assert client.get(client.path(schema="sales")).body == {"tables": [{"name": "2024.q1", "kind": "table"}]}
    assert client.read("2024.q1", schema="sales").rows == [{"x": 1}]
    assert client.read("sales.2024.q1").status == 404


@pytest.mark.parametrize("name", [".hidden", "main.x"])
def test_what_has_no_other_schema_before_its_dot_is_in_the_main_one(
    client: AppClient, others: Others, name: str
) -> None:
    others(f'CREATE TABLE "{name}" (x); CREATE TABLE x (y)')
    assert client.get("/api/v1/catalogs/main/schemas").body == {"schemas": ["main"]}
    assert client.get(client.path()).body["tables"] == [
        {"name": name, "kind": "table"},
        {"name": "x", "kind": "table"},
    ]
    assert client.write(name, [{"x": "1"}]).status == 201
    assert client.read("x").rows == []


def test_a_table_without_rowid_is_read_and_written(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (b TEXT, a INTEGER, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID")
    rows = [{"a": number % 3, "b": f"{number}", "v": None} for number in range(9)]
    assert client.write("t", rows).status == 201
    pages = client.pages("t", limit=2)
    expected = sorted(rows, key=lambda row: (row["a"], row["b"]))
    assert [row for page in pages for row in page] == expected
    assert client.write("t", [{"a": 1}]).places == [("data", 0, "b")]
    assert client.write("t", [{"a": 0, "b": "0", "v": "x"}], on_conflict="update").status == 201


@pytest.mark.parametrize("kind", ["VIRTUAL", "STORED"])
def test_a_generated_column_is_read_and_never_written(client: AppClient, others: Others, kind: str) -> None:
    others(
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) {kind})"
    )
    assert client.write("t", [{"a": 2}, {"id": 7, "a": 5}]).status == 201
    assert client.read("t", order_by=["-b"], filters=[{"column": "b", "op": ">", "value": 3}]).rows == [
        {"id": 7, "a": 5, "b": 10},
        {"id": 1, "a": 2, "b": 4},
    ]
    assert client.write("t", [{"a": 1, "b": 2}]).places == [("data", 0, "b")]
    assert client.update("t", key_column="id", key_value=1, updates={"b": 1}).places == [("updates", "b")]
    assert client.update("t", key_column="id", key_value=1, updates={"a": 9}).status == 200
    assert client.ids("t", filters=[{"column": "b", "value": 18}]) == [1]


def test_what_a_row_does_not_bring_has_the_columns_default(client: AppClient, others: Others) -> None:
    others(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER NOT NULL DEFAULT (1 + 1), b TEXT DEFAULT 'it''s',"
        " c DATETIME DEFAULT CURRENT_TIMESTAMP, d TEXT DEFAULT NULL, e REAL NOT NULL DEFAULT 0.5,"
        " f TEXT DEFAULT (lower('ABC')))"
    )
    assert client.write("t", [{"id": 1}, {"id": 2, "a": 7, "b": None}, {"id": 3, "f": "x"}]).status == 201
    rows = client.read("t").rows
    assert [(row["a"], row["b"], row["d"], row["e"], row["f"]) for row in rows] == [
        (2, "it's", None, 0.5, "abc"),
        (7, None, None, 0.5, "abc"),
        (2, "it's", None, 0.5, "x"),
    ]
    assert all(row["c"] is not None for row in rows)


def test_a_soft_delete_without_its_column_says_so(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
    answer = client.delete("t", key_column="id", key_value=1)
    assert (answer.status, answer.error_type) == (400, "Unsupported")
    assert '"deleted_at"' in answer.body["message"] and client.count("t") == 1


def test_rows_that_others_marked_as_deleted_are_skipped(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (id INTEGER PRIMARY KEY, deleted_at DATETIME)")
    others("INSERT INTO t VALUES (1, NULL), (2, '2025-12-06 10:30:00'), (3, NULL)")
    assert client.ids("t") == [1, 3]
    assert client.delete("t", key_column="id", key_value=3).status == 200
    assert [client.ids("t"), client.ids("t", include_deleted=True)] == [[1], [1, 2, 3]]


def test_a_table_that_pandas_wrote_is_read(client: AppClient, others: Others) -> None:
    others('CREATE TABLE "frame" ("index" INTEGER, "when" TIMESTAMP, "x" REAL, "flag" INTEGER, "label" TEXT)')
    others('CREATE INDEX "ix_frame_index" ON "frame" ("index")')
    others("INSERT INTO frame VALUES (?, ?, ?, ?, ?)", (0, "2025-12-06 10:30:00", None, 1, "a"))
    assert client.read("frame").rows == [
        {"index": 0, "when": "2025-12-06T10:30:00", "x": None, "flag": 1, "label": "a"}
    ]


def test_a_table_of_a_thousand_columns_is_read_and_written(client: AppClient, others: Others) -> None:
    names = [f"c{number}" for number in range(1000)]
    others(f"CREATE TABLE t ({', '.join(f'{name} INTEGER' for name in names)})")
    row = dict.fromkeys(names, 5)
    assert client.write("t", [row, {"c7": 1}]).status == 201
    assert client.read("t", order_by=["-c7"], limit=1).rows == [row]


def test_what_the_gateway_made_is_plain_to_others(client: AppClient, folder: Path) -> None:
    columns = {"id": "INT", "d": "DECIMAL(10,2)", "t": "TIMESTAMP", "b": "BOOLEAN", "x": "BINARY"}
    row = {"id": 1, "d": "1.5", "t": "2025-12-06T10:30:00Z", "b": True, "x": "AP8="}
    client.fill("t", columns, [row])
    with closing(sqlite3.connect(folder / "main.db")) as connection:
        found = connection.execute("SELECT id, d, datetime(t), b, hex(x) FROM t WHERE d > '1'").fetchone()
    assert found == (1, "1.50", "2025-12-06 10:30:00", 1, "00FF")
