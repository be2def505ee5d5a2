"""What a table is made of that others have made, or that was made by hand: told, or told of."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from backends import errors, types
from backends.changes import AdvanceIdentity, CreateIndex, CreateTable, RenameTable, SetComment
from backends.plan import Comparison, TableName
from backends.structure import Check, Constant, Default, Identity, Index, Now
from backends.warehouse import WarehouseBackend
from backends.warehouse.constants import constant_sql, default_of, default_sql
from backends.warehouse.names import comment_for, said, spelled
from tests.client import new_name
from tests.structures.changing import change, check, column, make, table
from tests.warehouse.backends import SCHEMA, backend_on
from tests.warehouse.gateways import CATALOG
from tests.workspace.handle import Workspace

PLACE = f"{CATALOG}.{SCHEMA}"
DEFAULTS: list[tuple[str, str, Any]] = [
    ("INT", "42", 42),
    ("INT", "(-1)", -1),
    ("INT", "CAST(7 AS INT)", 7),
    ("BIGINT", "- 9223372036854775808", -(1 << 63)),
    ("DECIMAL(10,2)", "1.5", "1.50"),
    ("DOUBLE", "1e3", 1000.0),
    ("DOUBLE", "CAST('NaN' AS DOUBLE)", "NaN"),
    ("BOOLEAN", "TRUE", True),
    ("STRING", "'it''s'", "it's"),
    ("STRING", '"a\\n\\\\b"', "a\n\\b"),
    ("DATE", "DATE'2024-02-29'", "2024-02-29"),
    ("TIMESTAMP", "TIMESTAMP '2024-02-29 12:00:00'", "2024-02-29T12:00:00+00:00"),
    ("TIMESTAMP_NTZ", "TIMESTAMP_NTZ'2024-02-29 12:00:00'", "2024-02-29T12:00:00"),
    ("BINARY", "X'0001'", "AAE="),
    ("BINARY", "unbase64('AAE=')", "AAE="),
]
FOREIGN = [
    ("INT", "1 + 1"),
    ("INT", "'x'"),
    ("INT", "NULL"),
    ("INT", "CAST('1.5' AS INT)"),
    ("DECIMAL(3,1)", "1.25"),
    ("STRING", "uuid()"),
    ("DATE", "current_timestamp()"),
    ("ARRAY<INT>", "array(1)"),
    ("INT", "(1) + (2)"),
]


@pytest.fixture(scope="module")
def backend(lasting_workspace: Workspace) -> Iterator[WarehouseBackend]:
    lasting_workspace.mend()
    with backend_on(lasting_workspace) as backend:
        make(backend, table(TableName(CATALOG, SCHEMA, new_name()), column("id", "INT")))
        yield backend


@pytest.fixture
def name(backend: WarehouseBackend) -> TableName:
    return TableName(CATALOG, SCHEMA, new_name())


@pytest.mark.parametrize(("type_", "text", "value"), DEFAULTS)
def test_a_default_that_is_a_value_is_read(type_: str, text: str, value: Any) -> None:
    assert default_of(types.parse(type_), text) == Constant(value)


@pytest.mark.parametrize(("type_", "text"), FOREIGN)
def test_a_default_that_is_none_is_not_read(type_: str, text: str) -> None:
    assert default_of(types.parse(type_), text) is None


@pytest.mark.parametrize(
    "text", ["current_timestamp()", "now()", "CURRENT_TIMESTAMP", "(current_timestamp())"]
)
def test_the_clock_is_read(text: str) -> None:
    assert default_of(types.Timestamp(), text) == Now()


@pytest.mark.parametrize("text", ["\\", "'", "\\'", "a\nb", "''", "\\n", '"', "${x} ? :y"])
def test_any_text_is_read_as_it_is_written(text: str) -> None:
    default: Default = Constant(text)
    assert default_of(types.String(), default_sql(types.String(), default)) == default
    assert constant_sql(types.String(), text)


@pytest.mark.parametrize("kept", ["t", "T", "Name_1"])
@pytest.mark.parametrize("comment", [None, "a", "a\nb", "Lakegate name: T", "x\nLakegate name: t", "\n"])
def test_a_name_and_a_comment_come_back_from_one(kept: str, comment: str | None) -> None:
    told = comment_for(kept, comment)
    assert (spelled(kept.lower(), told), said(kept.lower(), told)) == (kept, comment)


def test_a_name_with_capitals_and_a_comment_live_together(backend: WarehouseBackend, name: TableName) -> None:
    made = TableName(CATALOG, f"S_{name.table}", f"T_{name.table}")
    structure = table(made, column("id", "INT"))
    after = make(backend, structure)
    assert after.table.name == made and after.comment is None
    change(backend, SetComment(made, None, "a\nb"), RenameTable(made, made.table.upper()))
    upper = TableName(CATALOG, made.schema, made.table.upper())
    change(backend, RenameTable(upper, made.table.lower()))
    assert backend.structure(TableName(CATALOG, made.schema, made.table.lower())).comment == "a\nb"


def test_what_others_made_is_told_of(
    backend: WarehouseBackend, name: TableName, lasting_workspace: Workspace
) -> None:
    sql = lasting_workspace.warehouse.sql
    sql(
        f"CREATE TABLE {PLACE}.{name.table} (id BIGINT GENERATED ALWAYS AS IDENTITY, n INT DEFAULT 1 + 1,"
        " m INT DEFAULT 3, v INT DEFAULT NULL)"
        " TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')"
    )
    sql(f"ALTER TABLE {PLACE}.{name.table} ADD CONSTRAINT Odd CHECK (n % 2 = 1)")
    found = backend.structure(name)
    assert found.defaults == {"m": Constant(3)}
    assert found.others == (
        'the column "id" is numbered by the table',
        'the column "n" has the default 1 + 1',
        'the check "odd": n % 2 = 1',
    )


def test_a_column_that_others_let_be_numbered(
    backend: WarehouseBackend, name: TableName, lasting_workspace: Workspace
) -> None:
    sql, at = lasting_workspace.warehouse.sql, f"{PLACE}.{name.table}"
    sql(
        f"CREATE TABLE {at} (`i d` BIGINT NOT NULL"
        " GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 2),"
        " n INT) TBLPROPERTIES ('delta.columnMapping.mode' = 'name')"
    )
    assert backend.structure(name).identity == Identity("i d", 5)
    sql(f"INSERT INTO {at} (n) VALUES (1), (2)")
    found = backend.structure(name)
    assert (found.identity, len(found.others)) == (Identity("i d", 8), 2)
    (statement,) = backend.ddl(AdvanceIdentity(name, 3), found)
    backend.run(CATALOG, statement)


def test_a_check_that_somebody_has_spoiled_is_told_of(
    backend: WarehouseBackend, name: TableName, lasting_workspace: Workspace
) -> None:
    make(backend, table(name, column("id", "INT"), column("n", "INT")))
    lasting_workspace.warehouse.sql(
        f"ALTER TABLE {PLACE}.{name.table} ADD CONSTRAINT ck CHECK (n > 0)",
    )
    lasting_workspace.warehouse.sql(
        f"ALTER TABLE {PLACE}.{name.table} SET TBLPROPERTIES"
        f" ('lakegate.check.{b'ck'.hex()}' = '{b'{'.hex()}', 'lakegate.index.{b'i'.hex()}' = '{b'1'.hex()}',"
        " 'lakegate.index.i' = '31')"
    )
    found = backend.structure(name)
    assert (found.checks, found.indexes, found.others) == ((), (), ('the check "ck": n > 0',))


def test_names_with_capitals_come_back_though_delta_keeps_none(
    backend: WarehouseBackend, name: TableName
) -> None:
    made = table(name, column("Id", "INT"), column("a b", "INT"), key=("Id",))
    after = make(backend, replace(made, checks=(check("My Check", "a b", ">", 0),)))
    assert after.checks == (Check("My Check", Comparison("a b", ">", 0)),)


def test_what_looks_like_a_secret_comes_back(backend: WarehouseBackend, name: TableName) -> None:
    made = table(name, column("id", "INT"), column("token", "STRING"))
    index = Index("by_user", ("token",))
    after = make(backend, replace(made, checks=(check("url_set", "token", "!=", ""),), indexes=(index,)))
    assert (len(after.checks), after.indexes, after.others) == (1, (index,), ())


def test_a_view_has_no_structure(
    backend: WarehouseBackend, name: TableName, lasting_workspace: Workspace
) -> None:
    lasting_workspace.warehouse.sql(f"CREATE VIEW {PLACE}.{name.table} AS SELECT 1 AS id")
    with pytest.raises(errors.Unsupported):
        backend.structure(name)


def test_a_table_that_is_not_there_has_no_structure(backend: WarehouseBackend, name: TableName) -> None:
    with pytest.raises(errors.NotFound):
        backend.structure(name)
    with pytest.raises(errors.NotFound):
        backend.structure(TableName("nowhere", "s", "t"))


def test_a_schema_whose_name_differs_in_case_only_is_not_taken(
    backend: WarehouseBackend, name: TableName
) -> None:
    asked = table(TableName(CATALOG, SCHEMA.upper(), name.table), column("id", "INT"))
    (create_schema, *_) = backend.ddl(CreateTable(asked), None)
    with pytest.raises(errors.Conflict):
        backend.run(CATALOG, create_schema)


def test_the_usual_schema_is_made_with_its_first_table(lasting_workspace: Workspace, name: TableName) -> None:
    with backend_on(lasting_workspace, f"U_{name.table}") as backend:
        first = TableName(CATALOG, backend.schema, "First")
        (create,) = backend.ddl(CreateTable(table(first, column("id", "INT"))), None)
        backend.run(CATALOG, create)
        assert backend.structure(first).table.name == first


def test_a_table_in_a_new_catalog(backend: WarehouseBackend, name: TableName) -> None:
    elsewhere = TableName(new_name(), "Own", name.table)
    with pytest.raises(errors.NotFound):
        backend.structure(elsewhere)
    for statement in backend.ddl(CreateTable(table(elsewhere, column("id", "INT"))), None):
        backend.run(elsewhere.catalog, statement)
    assert backend.structure(elsewhere).table.name == elsewhere


def test_a_remark_is_of_one_line(backend: WarehouseBackend, name: TableName) -> None:
    made = table(name, column("id", "INT"))
    remarks = backend.ddl(CreateIndex(name, Index("a\nDROP TABLE b", ("id",))), made)[:1]
    assert remarks[0].startswith("-- ") and "\n" not in remarks[0]


def test_what_cannot_be_written_is_not_made(backend: WarehouseBackend, name: TableName) -> None:
    with pytest.raises(errors.Unsupported):
        backend.ddl(CreateTable(table(name, column("id", "INT"), column("m", "MAP<BINARY,INT>"))), None)
