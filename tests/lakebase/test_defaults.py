"""Defaults, as the gateway sets them and as people do: what is read back from Postgres's own expressions."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backends import types
from backends.base import Backend
from backends.changes import AddColumn, RetypeColumn, SetDefault
from backends.lakebase.constants import default_of
from backends.lakebase.spelling import Native, declared, taken_as
from backends.plan import TableName
from backends.structure import Constant, Now
from backends.values import reader
from tests.structures.changing import change, column, make, read, table, write
from tests.workspace.handle import Workspace

VALUES: dict[str, list[Any]] = {
    "BOOLEAN": [True, False],
    "TINYINT": [-128, 0, 127],
    "SMALLINT": [-32768, 5],
    "INT": [-2147483648, 0, 2147483647],
    "BIGINT": [-9223372036854775808, 9223372036854775807, 5],
    "FLOAT": [0.1, -0.5, 1e22, 3.4028235e38, 1e-45, 0.0, 16777216.0, "NaN", "Infinity", "-Infinity"],
    "DOUBLE": [0.1, -0.5, 1e22, 1.7976931348623157e308, 5e-324, 1e15, 2.0, "NaN", "-Infinity"],
    "DECIMAL(10,2)": ["1.50", "-0.01", "0.00", "99999999.99"],
    "DECIMAL(38,18)": ["-12345678901234567890.123456789012345678", "0.000000000000000001"],
    "DECIMAL(38,0)": ["-99999999999999999999999999999999999999", "7"],
    "STRING": ["", "it's", "\\", "E'\\x'", "a\nb\tc", "::text", "'x'::text", "now()", "$$ % %s {x}", "é😀"],
    "VARCHAR(20)": ["", " x ", "true"],
    "CHAR(5)": ["", "ab", "x'yz\\"],
    "DATE": ["0001-01-01", "9999-12-31", "2024-02-29"],
    "TIMESTAMP": ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00"],
    "TIMESTAMP_NTZ": ["0001-01-01T00:00:00", "9999-12-31T23:59:59.999999", "2024-02-29T12:00:00.5"],
    "BINARY": ["", "AAEC", "//79"],
}


@pytest.mark.parametrize("type_", VALUES)
def test_every_default_comes_back_and_is_what_rows_get(backend: Backend, name: TableName, type_: str) -> None:
    make(backend, table(name, column("id", "INT"), column("v", type_)))
    for at, value in enumerate(VALUES[type_]):
        change(backend, SetDefault(name, "v", Constant(value)))
        write(backend, name, {"id": at})
    shown = float if "DECIMAL" in type_ else json.dumps
    rows = [shown(row["v"]) for row in read(backend, name)]
    assert rows == [shown(value) for value in VALUES[type_]]


def test_the_time_is_a_default(backend: Backend, name: TableName) -> None:
    make(backend, table(name, column("id", "INT")))
    change(backend, AddColumn(name, column("at", "TIMESTAMP", nullable=False), Now()))


def test_a_default_goes_along_with_its_column_to_another_type(backend: Backend, name: TableName) -> None:
    make(backend, table(name, column("id", "INT"), column("v", "DECIMAL(10,2)"), column("t", "CHAR(5)")))
    change(backend, SetDefault(name, "v", Constant("1.50")), SetDefault(name, "t", Constant("it's")))
    change(backend, RetypeColumn(name, "v", types.parse("DECIMAL(20,4)")))
    change(backend, RetypeColumn(name, "t", types.parse("VARCHAR(9)")))
    write(backend, name, {"id": 1})
    assert read(backend, name) == [{"id": 1, "v": 1.5, "t": "it's"}]


def native(type_: types.Type) -> Native:
    told = declared(type_)
    return Native(told, type_, told.partition("(")[0], taken_as(type_, told))


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
@example("'")
@example("\\'")
def test_any_text_that_postgres_writes_is_read(text: str) -> None:
    for type_, cast in ((types.String(), "text"), (types.Varchar(5), "character varying")):
        written = "'" + text.replace("'", "''") + "'"
        assert default_of(native(type_), f"{written}::{cast}") == Constant(text)
        doubled = "E" + written.replace("\\", "\\\\")
        assert default_of(native(type_), f"{doubled}::{cast}") == Constant(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15))
def test_any_number_that_postgres_writes_is_read(number: Any) -> None:
    type_ = types.Decimal(38, 4)
    canonical = reader(type_)(f"{number:f}")
    assert default_of(native(type_), f"'{canonical}'::numeric") == Constant(canonical)


@pytest.mark.parametrize(
    ("declaration", "default"),
    [
        ("integer DEFAULT 5", Constant(5)),
        ("bigint DEFAULT '-5'::integer", Constant(-5)),
        ("double precision DEFAULT 0.25", Constant(0.25)),
        ("double precision DEFAULT 1e22", Constant(1e22)),
        ("real DEFAULT 7", Constant(7.0)),
        ("numeric(10,2) DEFAULT '-1.50'::numeric(10,2)", Constant("-1.50")),
        ("boolean DEFAULT 'yes'", Constant(value=True)),
        ("text DEFAULT E'it''s \\\\'", Constant("it's \\")),
        ("varchar(9) DEFAULT 'x'::text", Constant("x")),
        ("char(3) DEFAULT 'x'", Constant("x")),
        ("date DEFAULT 'epoch'", Constant("1970-01-01")),
        ("date DEFAULT 'infinity'", None),
        ("date DEFAULT '2024-02-29'", Constant("2024-02-29")),
        ("timestamptz DEFAULT '2024-02-29 12:00+02'", Constant("2024-02-29T10:00:00+00:00")),
        ("timestamp DEFAULT '2024-02-29 12:00:00.25'", Constant("2024-02-29T12:00:00.25")),
        ("timestamptz DEFAULT now()", Now()),
        ("timestamptz DEFAULT CURRENT_TIMESTAMP", Now()),
        ("bytea DEFAULT '\\x00ff'", Constant("AP8=")),
        ("timestamp DEFAULT now()", None),
        ("timestamptz DEFAULT now() + interval '1 day'", None),
        ("text DEFAULT 'a' || 'b'", None),
        ("text DEFAULT 'abc'::varchar(2)", None),
        ("integer DEFAULT 1 + 2", None),
        ("integer DEFAULT 1.7", None),
        ("double precision DEFAULT '0.1'::real", None),
        ("timestamptz DEFAULT '2024-01-01'::date", None),
    ],
)
def test_what_people_write_is_read_or_told(
    backend: Backend, workspace: Workspace, name: TableName, declaration: str, default: object
) -> None:
    make(backend, table(name, column("id", "INT")))
    workspace.sql(f'ALTER TABLE "{name.schema}"."{name.table}" ADD COLUMN v {declaration}')
    found = backend.structure(name)
    assert found.defaults == ({} if default is None else {"v": default})
    told = [words for words in found.others if "has the default" in words]
    assert len(told) == (default is None)
