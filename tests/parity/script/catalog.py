"""Tables made, described, listed and dropped; definitions refused; schemas and catalogs made on the way."""

from collections.abc import Iterator
from typing import Any

from tests.parity.calls import (
    CATALOG,
    OTHER_CATALOG,
    SCHEMA,
    Call,
    Fields,
    definition,
    describe,
    drop,
    get,
    path_of,
    put,
    read,
    sent,
    update,
    where,
    write,
)

ALL_TYPES = {
    "id": "BIGINT", "b": "boolean", "t": "TINYINT", "s": "SmallInt", "i": "INT", "i2": "integer",
    "l": "bigint", "f": "float", "d": "DOUBLE", "n": "decimal", "n2": "DECIMAL ( 38 , 18 )",
    "n3": "decimal(5)", "x": "string", "v": "varchar(20)", "c": "char ( 3 )", "day": "date",
    "at": "timestamp", "local": "timestamp_ntz", "raw": "binary", "list": "array<int>",
    "map": "map<string, decimal(4,1)>", "row": "struct<a:int,b:array<string>>",
    "deep": "array<map<date,struct<`odd name` : timestamp , c struct<d:binary>>>>",
}  # fmt: skip
BAD_TYPES = (
    "", "int(3)", "varchar", "char", "varchar(0)", "char(-1)", "varchar(10485761)", "decimal(39)",
    "decimal(0)", "decimal(5,6)", "decimal(1,2,3)", "array", "array<>", "array<int", "map<int>",
    "map<array<int>,int>", "struct<>", "struct<a:int,a:int>", "text", "json", "uuid", "serial",
    "int; drop table x", "timestamp_ltz", "interval", "array<" * 17 + "int" + ">" * 17, "float(3)", "unknown",
    "\u0661", "int int", "`int`",
)  # fmt: skip
BAD_NAMES = ("", "1a", "a b", "a.b", "a-b", "\u00e9", 'a"b', "a" * 256, "a\n", "$a", "a;")
BAD_COLUMNS: tuple[Any, ...] = (
    {}, [], None, "id INT", [1], [None], [{"name": "id"}], [{"data_type": "INT"}],
    [{"name": 1, "data_type": "INT"}], [{"name": "id", "data_type": 1}],
    [{"name": "id", "data_type": "INT", "nullable": "yes"}],
    [{"name": "id", "data_type": "INT", "default": 1}],
    [{"name": "id", "data_type": "INT", "comment": 1}],
    [{"name": "id", "data_type": "INT", "comment": "x" * 10_001}],
    [{"name": "id", "data_type": "INT"}] * 2,
    [{"name": "id", "data_type": "INT"}, {"name": "ID", "data_type": "INT"}],
    [{"name": "id", "data_type": "INT", "comment": "a\0b"}],
)  # fmt: skip
BAD_KEYS: tuple[Any, ...] = (["no"], ["id", "id"], "id", [1], [None], {}, ["ID"], [""])
TWO = {"id": "INT", "name": "STRING"}


def calls() -> Iterator[Call]:
    """The chapter."""
    yield from _made_and_dropped()
    yield from _made_anew()
    yield from _made_by_writing()
    yield from _refused_definitions()
    yield from _differing()
    yield from _keys()
    yield from _schemas_and_catalogs()
    yield from _not_there()


def _made_and_dropped() -> Iterator[Call]:
    yield get(path_of())
    yield put("all_types", ALL_TYPES)
    yield put("all_types", ALL_TYPES, status=200)
    yield describe("all_types")
    yield read("all_types")
    yield write("all_types", [{"id": 1}])
    yield read("all_types")
    yield get(path_of())
    yield drop("all_types")
    yield drop("all_types", 404)
    yield describe("all_types", 404)
    yield read("all_types", 404)
    yield put("all_types", {"id": "STRING", "x": "INT"})
    yield write("all_types", [{"id": "a", "x": 1}])
    yield read("all_types", columns=["id", "x"])
    yield drop("all_types")
    comments = [
        {
            "name": "id",
            "data_type": "INT",
            "nullable": False,
            "comment": "the 'id' -- \\ \" \u00e9 \U0001f600\n;",
        },
        {"name": "a", "data_type": "INT", "comment": ""},
        {"name": "b", "data_type": "INT", "comment": None},
        {"name": "c", "data_type": "INT", "comment": "x" * 10_000},
    ]
    yield put("commented", comments)
    yield put("commented", definition({"id": "INT", "a": "INT"}, ["id"]), status=200)
    yield describe("commented")


def _made_anew() -> Iterator[Call]:
    """Often enough that each worker meets a table that is not as it remembers."""
    for at in range(6):
        other = at % 2 == 1
        yield put("anew", {"id": "STRING" if other else "INT", "b" if other else "a": "INT"}, ["id"])
        yield write("anew", [{"id": "1" if other else 1, "b" if other else "a": at}])
        for _ in range(3):
            yield read(
                "anew", columns=["id", "b" if other else "a"], filters=[where("id", "=", "1" if other else 1)]
            )
            yield read("anew", 400, columns=["a" if other else "b"])
        yield drop("anew")
        yield read("anew", 404)


def _made_by_writing() -> Iterator[Call]:
    rows = [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}]
    made: Fields = {"auto_create": True, "schema_definition": definition(TWO), "primary_key": ["id"]}
    yield write("by_write", [{"id": "x"}], status=400, **made)
    yield describe("by_write", 404)
    yield write("by_write", [{"id": 1}, {"id": 1}], status=409, **made)
    yield describe("by_write", 404)
    yield write("by_write", rows, **made)
    yield describe("by_write")
    yield write("by_write", rows, status=409, **made)
    yield write("by_write", rows, on_conflict="update", **made)
    yield write(
        "by_write",
        [{"id": 3, "name": "Eve"}],
        auto_create=True,
        schema_definition=definition(TWO),
        status=409,
    )
    yield write(
        "by_write", [{"id": 3, "name": "Eve"}], auto_create=True, schema_definition=definition(TWO, ["id"])
    )
    yield write("by_write", [{"id": 4}], auto_create=True, status=400)
    yield write("by_write", [{"id": 4}], auto_create=True, schema_definition=[], status=400)
    yield write("by_write", [{"id": 4}], schema_definition=definition(TWO), status=400)
    yield write("by_write", [{"id": 4}], primary_key=["id"], status=400)
    yield write("by_write", [{"id": 4}], status=409, **{**made, "primary_key": ["name"]})
    yield write("all_by_write", [{"id": 1}], auto_create=True, schema_definition=definition(ALL_TYPES))
    yield describe("all_by_write")
    yield put("all_by_write", ALL_TYPES, [], 200)
    yield put("all_by_write", ALL_TYPES, ["id"], 409)
    yield read("by_write", columns=["id", "name", "updated_by", "created_by"])


def _refused_definitions() -> Iterator[Call]:
    for type_ in BAD_TYPES:
        yield put("refused", {"id": type_}, status=400)
    for name in BAD_NAMES:
        yield put("refused", {name: "INT"}, [], 400)
        yield put(name or "%", TWO, status=400)
    for columns in BAD_COLUMNS:
        yield sent("PUT", path_of("refused"), {"columns": columns}, 400)
    for key in BAD_KEYS:
        yield sent("PUT", path_of("refused"), {"columns": definition(TWO), "primary_key": key}, 400)
    yield sent("PUT", path_of("refused"), {}, 400)
    yield sent("PUT", path_of("refused"), {"columns": definition(TWO), "key": ["id"]}, 400)
    yield put("refused", {"a": "ARRAY<INT>"}, ["a"], 400)
    yield describe("refused", 404)


def _differing() -> Iterator[Call]:
    columns = {"id": "INT", "a": "VARCHAR(3)", "b": "DECIMAL(5,2)"}
    yield put("differs", definition(columns, ["b"]))
    yield put("differs", {**columns, "b": "DECIMAL(5,1)"}, status=409)
    yield put("differs", definition({**columns, "a": "VARCHAR(4)"}, ["b"]), status=409)
    yield put("differs", columns, status=409)
    yield put("differs", definition({"id": "BIGINT", "a": "STRING", "b": "DOUBLE", "c": "INT"}), ["a"], 409)
    yield put("differs", {"a": "VARCHAR(3)"}, [], 200)
    yield put("differs", {"a": "VARCHAR(3)"}, ["a"], 409)
    yield put("DIFFERS", columns, status=409)
    yield put("differs", {"A": "VARCHAR(3)"}, [], 409)
    yield put("differs", {"id": "INT", "created_at": "DATE"}, status=200)
    yield put("own_audit", {"id": "INT", "created_at": "DATE", "deleted_at": "INT", "Updated_By": "STRING"})
    yield describe("own_audit")
    yield write("own_audit", [{"id": 1, "created_at": "2025-01-01"}])
    yield read("own_audit")


def _keys() -> Iterator[Call]:
    for at, type_ in enumerate(ALL_TYPES.values()):
        nested = type_.startswith(("array", "map", "struct"))
        yield put(f"key_{at}", {"x": "INT", "k": type_}, ["k", "x"], 400 if nested else 201)
        yield describe(f"key_{at}", 404 if nested else 200)
    yield put("keyless", TWO, [])
    yield describe("keyless")
    yield put("all_key", TWO, ["name", "id"])
    yield describe("all_key")
    yield put("many_keys", {f"k{at}": "INT" for at in range(16)}, [f"k{at}" for at in range(16)])
    yield put("wide", {f"c{at}": "STRING" for at in range(1590)}, [])


def _schemas_and_catalogs() -> Iterator[Call]:
    yield get("/api/v1/catalogs")
    yield get(f"/api/v1/catalogs/{CATALOG}/schemas")
    yield get(path_of(schema="elsewhere"), 404)
    yield put("t", TWO, schema="elsewhere")
    yield put("T2", TWO, schema="elsewhere")
    yield put("t", TWO, schema="Elsewhere", status=409)
    yield put("t3", TWO, schema="Elsewhere", status=409)
    yield get(f"/api/v1/catalogs/{CATALOG}/schemas")
    for schema in ("elsewhere", "Elsewhere", "ELSEWHERE"):
        yield get(path_of(schema=schema), 200 if schema.islower() else 404)
    yield write("t", [{"id": 1, "name": "here"}], schema="elsewhere")
    yield read("t", schema="elsewhere", columns=["id", "name"])
    yield read("t", status=404)
    yield read("elsewhere.t", status=404)
    yield drop("t", schema="elsewhere")
    yield drop("T2", schema="elsewhere")
    yield get(path_of(schema="elsewhere"))
    yield get(path_of("t", catalog=OTHER_CATALOG), 404)
    yield write("t", [{"id": 1}], 404, catalog=OTHER_CATALOG)
    made: Fields = {"auto_create": True, "schema_definition": definition(TWO), "primary_key": ["id"]}
    yield write("t", [{"id": 1}], catalog=OTHER_CATALOG, schema=SCHEMA, **made)
    yield get(path_of("t", catalog=OTHER_CATALOG))
    yield get(path_of(catalog=OTHER_CATALOG))
    yield read("t", catalog=OTHER_CATALOG, columns=["id"])
    yield update("t", catalog=OTHER_CATALOG, key_column="id", key_value=1, updates={"name": "x"})
    yield get("/api/v1/catalogs")
    yield describe("t", 404)
    yield write("t", [{"id": 1}], 400, catalog="odd name", **made)
    yield write("t", [{"id": 1}], 400, schema="odd.name", **made)
    yield write("odd name", [{"id": 1}], 400, **made)


def _not_there() -> Iterator[Call]:
    for name in ("nothing", "NOTHING", "no.thing", 'no"thing', "pg_class", "sqlite_master", "\u00e9", " "):
        yield describe(name, 404)
        yield drop(name, 404)
        yield read(name, 404)
        yield get(path_of("t", schema=name), 404)
        yield get(path_of(schema=name), 404)
        yield get(path_of(catalog=name), 404)
        yield get(f"/api/v1/catalogs/{path_of('x', catalog=name).split('/')[4]}/schemas", 404)
    for name in ("a%00b", "a%0Ab", "%7F", "a" * 256):
        yield get(f"/api/v1/catalogs/{CATALOG}/schemas/{SCHEMA}/tables/{name}", 400)
        yield get(f"/api/v1/catalogs/{name}/schemas", 400)
