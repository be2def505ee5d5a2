"""Each change, its statements sent once more at any place: nothing else comes of it."""

from collections.abc import Iterator

import pytest

from backends import errors, types
from backends.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    Change,
    ClusterBy,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    RenameColumn,
    RenameTable,
    RetypeColumn,
    SetComment,
    SetDefault,
    SetNullable,
    SetPrimaryKey,
)
from backends.outcome import outcome
from backends.plan import Comparison, TableName
from backends.structure import Check, Constant, ForeignKey, Index, Now, Structure
from backends.warehouse import WarehouseBackend
from tests.client import new_name
from tests.structures.changing import Row, check, column, found, read, table, told, write
from tests.warehouse.backends import SCHEMA, backend_on
from tests.warehouse.gateways import CATALOG
from tests.workspace.handle import Workspace

ROWS: list[Row] = [{"id": 1, "n": 10, "t": "a"}, {"id": 2, "n": 20}]
T = TableName(CATALOG, SCHEMA, "t")
PARENT = TableName(CATALOG, SCHEMA, "parent_of_all")
CHANGES: list[Change] = [
    DropTable(T),
    RenameTable(T, "other"),
    RenameTable(T, "Other"),
    AddColumn(T, column("new", "DECIMAL(10,2)", nullable=False, comment="x"), Constant("1.50")),
    AddColumn(T, column("a b", "STRING")),
    DropColumn(T, "unused"),
    RenameColumn(T, "n", "m"),
    RenameColumn(T, "n", "N"),
    RenameColumn(T, "id", "no"),
    RenameColumn(T, "parent", "p"),
    RetypeColumn(T, "n", types.parse("BIGINT")),
    RetypeColumn(T, "n", types.parse("SMALLINT")),
    RetypeColumn(T, "id", types.parse("BIGINT")),
    RetypeColumn(T, "t", types.parse("VARCHAR(5)")),
    SetNullable(T, "n", nullable=False),
    SetNullable(T, "needed", nullable=True),
    SetDefault(T, "t", Constant("it's")),
    SetDefault(T, "n", None),
    SetComment(T, None, "a table"),
    SetComment(T, "n", None),
    SetPrimaryKey(T, ()),
    SetPrimaryKey(T, ("n", "id")),
    AddCheck(T, check("new", "n", "<", 100)),
    AddForeignKey(T, ForeignKey("new", ("n",), PARENT, ("id",))),
    DropConstraint(T, "ck"),
    DropConstraint(T, "fk"),
    CreateIndex(T, Index("new", ("n",))),
    DropIndex(T, "ix"),
    ClusterBy(T, ("t",)),
    ClusterBy(T, ()),
]


def everything(name: TableName) -> Structure:
    """A table that has all that a change may meet."""
    columns = [
        column("id", "INT"), column("n", "INT", comment="a number"), column("t", "STRING"),
        column("parent", "INT"), column("needed", "INT", nullable=False), column("unused", "INT"),
        column("at", "TIMESTAMP"),
    ]  # fmt: skip
    return Structure(
        table(name, *columns).table,
        comment="all of it",
        defaults={"n": Constant(5), "needed": Constant(0), "at": Now()},
        checks=(Check("ck", Comparison("n", ">", 0)),),
        foreign_keys=(ForeignKey("fk", ("parent",), PARENT, ("id",)),),
        indexes=(Index("ix", ("t", "n")),),
        clustering=("n",),
    )


@pytest.fixture(scope="module")
def backend(lasting_workspace: Workspace) -> Iterator[WarehouseBackend]:
    lasting_workspace.mend()
    with backend_on(lasting_workspace) as backend:
        run(backend, CreateTable(table(PARENT, column("id", "INT"))))
        yield backend


def run(backend: WarehouseBackend, change: Change, twice: int | None = None) -> Structure | None:
    """Send a change's statements, one of them a second time."""
    before = found(backend, change.name)
    for at, statement in enumerate(backend.ddl(change, before)):
        if not statement.startswith("--"):
            backend.run(CATALOG, statement)
            if at == twice:
                backend.run(CATALOG, statement, again=True)
    return outcome(change, before)


def count(backend: WarehouseBackend, change: Change) -> int:
    return len(backend.ddl(change, found(backend, change.name)))


def fresh(backend: WarehouseBackend) -> None:
    """Make the table anew, with its rows."""
    for name in ("t", "other", "Other"):
        if found(backend, TableName(CATALOG, SCHEMA, name)) is not None:
            backend.drop_table(TableName(CATALOG, SCHEMA, name))
    run(backend, CreateTable(everything(T)))
    write(backend, T, *ROWS)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: type(change).__name__)
def test_a_statement_that_is_sent_again_changes_nothing_more(
    backend: WarehouseBackend, change: Change
) -> None:
    fresh(backend)
    for twice in range(count(backend, change)):
        fresh(backend)
        expected = run(backend, change, twice)
        after = found(backend, expected.table.name) if expected else found(backend, T)
        assert told(after) == told(expected)
        assert after is None or (after.others, len(read_all(backend, after))) == ((), len(ROWS))


def read_all(backend: WarehouseBackend, structure: Structure) -> list[Row]:
    ordered = next(name for name in ("id", "no") if name in structure.table.names)
    renamed = structure.table.name
    return read(backend, renamed) if ordered == "id" else _without_order(backend, renamed)


def _without_order(backend: WarehouseBackend, name: TableName) -> list[Row]:
    run(backend, RenameColumn(name, "no", "id"))
    return read(backend, name)


def test_a_table_that_is_created_again_is_the_same(backend: WarehouseBackend) -> None:
    for twice in range(10):
        name = TableName(CATALOG, SCHEMA, new_name())
        asked = everything(name)
        expected = run(backend, CreateTable(asked), twice)
        assert told(found(backend, name)) == told(expected)


def test_what_failed_for_another_reason_fails_again(backend: WarehouseBackend) -> None:
    fresh(backend)
    (refused, *_) = backend.ddl(AddCheck(T, check("small", "n", "<", 5)), backend.structure(T))
    for again in (False, True):
        with pytest.raises(errors.Conflict):
            backend.run(CATALOG, refused, again=again)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELECT 1 FROM", errors.Invalid),
        (f"DROP TABLE {CATALOG}.{SCHEMA}.nothing", errors.NotFound),
        (f"CREATE TABLE {CATALOG}.{SCHEMA}.parent_of_all (a INT)", errors.Conflict),
    ],
)
def test_a_statement_that_cannot_run_is_told_in_the_contracts_words(
    backend: WarehouseBackend, statement: str, error: type[errors.BackendError]
) -> None:
    with pytest.raises(error) as caught:
        backend.run(CATALOG, statement)
    assert "nothing" not in caught.value.message


def test_a_key_that_others_point_at_keeps_its_column(backend: WarehouseBackend) -> None:
    fresh(backend)
    before = backend.structure(PARENT)
    for change in (SetPrimaryKey(PARENT, ()), RenameColumn(PARENT, "id", "no")):
        with pytest.raises(errors.Conflict):
            run(backend, change)
    assert told(backend.structure(PARENT)) == told(before)
