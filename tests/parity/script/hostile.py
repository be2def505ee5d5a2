"""Quotes, SQL, wildcards and other scripts in every string that a caller controls."""

from collections.abc import Iterator

from tests.parity.calls import CSV, NDJSON, Call, delete, pages, put, read, sent, stream, update, where, write

TEXTS = (
    "'; DROP TABLE hostile; --", '" OR "1"="1', "') OR 1=1 --", "/**/", "--", "%", "_", "%s", "%(x)s", "%%",
    "?", ":x", "$1", "{x}", "\\", "\\'", "a\\", "''", '""', "\U0001f600", "\u202e", "\ufeff", "\u2028",
    "\uffff", "\U0010ffff", "a" * 3000, "NULL", "rowid", "oid", "ctid", "pg_catalog.pg_class", "../../etc",
    "id)", "(SELECT 1)", "COUNT(*)", "\x1b[31m", "\x01", "\r\n", "\t", " ", "e\u0301", "\u00e9", "=1+1",
    "a,b\n\"c\"", "\\u0041", "\\N", "{\"a\": 1}", "[1]", "<script>", "\u0000"[:0], "\ud7ff\ue000",
)  # fmt: skip
NAMES = (
    "'; DROP TABLE hostile; --",
    '"',
    "a.b",
    "%",
    "%s",
    "\\",
    "\u00e9",
    "id,id",
    "ID",
    "rowid",
    "oid",
    "ctid",
    "id ",
    "*",
    "1",
    "x" * 300,
    "a\0b",
)
WORDS = (
    "select", "Order", "user", "rowid", "group", "table", "oid_", "value", "key", "x", "every", "shown",
    "ordered", "place", "v0", "brought0", "f0", "null", "public", "like",
)  # fmt: skip


def calls() -> Iterator[Call]:
    """The chapter."""
    yield put("hostile", {"id": "INT", "t": "STRING", "m": "MAP<STRING,STRING>"})
    yield write("hostile", [{"id": at, "t": text, "m": {text: text}} for at, text in enumerate(TEXTS)])
    yield read("hostile", columns=["id", "t", "m"])
    for text in TEXTS:
        yield read("hostile", columns="id", filters=[where("t", "=", text)])
        yield read("hostile", columns="id", filters=[where("t", ">", text)])
        yield read("hostile", columns="id", filters=[where("t", "IN", [text, "x"])])
    yield pages("hostile", columns="t", order_by="t", limit=5)
    yield pages("hostile", columns="id", order_by="-t", limit=8)
    for accept in (CSV, NDJSON):
        yield stream("hostile", accept, columns="t,id,m", order_by="-t")
    for text in TEXTS:
        yield update("hostile", key_column="t", key_value=text, updates={"t": text + "'"})
    yield update(
        "hostile",
        key_column="t",
        bulk_updates=[{"key_value": f"{text}'", "updates": {"m": {"'": text}}} for text in TEXTS],
    )
    yield delete("hostile", key_column="t", key_values=[f"{text}'" for text in TEXTS[:20]])
    yield read("hostile", columns=["id", "t", "m"])
    yield from _names()
    yield from _odd_columns()
    yield from _odd_columns_without_key()
    yield from _odd_names()


def _names() -> Iterator[Call]:
    for name in NAMES:
        missing = 400 if "\0" in name or len(name) > 255 else 404
        yield read(name, missing)
        yield read("hostile", missing, schema=name)
        yield read("hostile", missing, catalog=name)
        yield write(name, [{"id": 1}], missing)
        yield read("hostile", 200 if name == "*" else 400, columns=[name])
        yield read("hostile", 400, order_by=[{"column": name}])
        yield read("hostile", 400, filters=[where(name, "IS NULL")])
        yield write("hostile", [{"id": 1000, name: 1}], 400)
        yield update("hostile", 400, key_column=name, key_value=1, updates={"t": "x"})
        yield update("hostile", 400, keys={name: 1}, updates={"t": "x"})
        yield update("hostile", 400, keys={"id": 1}, updates={name: "x"})
        yield read("hostile", 400, filters=[{"column": "id", "op": name, "value": 1}])
        yield sent(
            "PUT",
            "/api/v1/catalogs/parity/schemas/main/tables/hostile2",
            {"columns": [{"name": "a", "data_type": name}]},
            400,
        )


def _odd_columns() -> Iterator[Call]:
    """Columns whose names are words of SQL's or of the databases' own."""
    yield put("words", dict.fromkeys(WORDS, "STRING"), ["select", "key"])
    yield write("words", [{name: f"{name}{at}" for name in WORDS} for at in range(5)])
    yield write(
        "words", [{name: f"{name}{at}" for name in WORDS} for at in range(3, 7)], on_conflict="update"
    )
    for name in WORDS:
        yield read(
            "words",
            columns=[name],
            order_by=[f"-{name}"],
            filters=[where(name, "!=", f"{name}2")],
            include_total=True,
        )
        yield pages("words", columns=["x"], order_by=[name], limit=2)
    yield update(
        "words",
        key_column="key",
        bulk_updates=[
            {"key_value": "key1", "updates": {"value": "v", "v0": "0"}},
            {"key_value": "key2", "updates": {"place": "p"}},
        ],
    )
    yield update("words", keys={"select": "select1", "key": "key1"}, updates={"Order": "o", "brought0": None})
    yield stream("words", CSV, columns=[*WORDS])


def _odd_columns_without_key() -> Iterator[Call]:
    yield put("words_alike", dict.fromkeys(WORDS, "INT"), [])
    yield write(
        "words_alike", [{**dict.fromkeys(WORDS, at % 2), "created_at": "2020-01-01"} for at in range(6)]
    )
    yield pages("words_alike", columns=["place", "every"], limit=2)


def _odd_names() -> Iterator[Call]:
    for name in ("oid", "rowid", "_rowid_", "sqlite_x", "pg_x"):
        yield put(f"named_{name}", {"id": "INT", name: "INT"})
        yield write(f"named_{name}", [{"id": 1, name: 5}])
        yield read(f"named_{name}", columns=[name])
    for name in ("pg_x", "select", "Public", "user", "main", "t" * 63):
        yield put(name, {"id": "INT"})
        yield read(name, columns="id")
    yield put("long_columns", {"c" * 63: "INT", "d" * 62: "INT", "d" * 63: "INT"}, [])
    yield read("long_columns")
    yield put("t", {"id": "INT"}, schema="s" * 63)
