"""Which columns a database may number, and what becomes of them by changes."""

from dataclasses import replace

import pytest

from backends import errors, types
from backends.changes import (
    AdvanceIdentity,
    Change,
    ClusterBy,
    CreateTable,
    DropColumn,
    RenameColumn,
    RetypeColumn,
    SetDefault,
    SetNullable,
    SetPrimaryKey,
)
from backends.numbering import next_number
from backends.outcome import outcome
from backends.plan import Column, Table, TableName
from backends.structure import Constant, Identity, Structure

T = TableName("main", "main", "t")
COLUMNS = (
    Column("id", types.Integer(32), nullable=False),
    Column("no", types.Integer(8), nullable=False),
    Column("n", types.Integer(32)),
    Column("d", types.Decimal(10, 0), nullable=False),
)
TABLE = Table(T, COLUMNS, ("id",))
BEFORE = Structure(TABLE, identity=Identity("no", 7))


def numbered(change: Change) -> Identity | None:
    after = outcome(change, BEFORE)
    assert after is not None
    return after.identity


def test_a_table_is_created_with_it() -> None:
    assert outcome(CreateTable(BEFORE), None) == BEFORE


@pytest.mark.parametrize(
    "identity",
    [Identity("x", 1), Identity("n", 1), Identity("d", 1), Identity("no", 0), Identity("no", 128)],
    ids=str,
)
def test_what_no_database_numbers_is_refused(identity: Identity) -> None:
    with pytest.raises(errors.Invalid):
        outcome(CreateTable(replace(BEFORE, identity=identity)), None)


def test_it_has_no_default() -> None:
    with pytest.raises(errors.Invalid):
        outcome(CreateTable(replace(BEFORE, defaults={"no": Constant(1)})), None)


def test_a_column_of_the_key_is_not_null_by_that() -> None:
    columns = (replace(COLUMNS[0], nullable=True), *COLUMNS[1:])
    made = Structure(replace(TABLE, columns=columns), identity=Identity("id", 1))
    after = outcome(CreateTable(made), None)
    assert after is not None and after.identity == Identity("id", 1)


@pytest.mark.parametrize(
    ("change", "identity"),
    [
        (AdvanceIdentity(T, 9), Identity("no", 9)),
        (AdvanceIdentity(T, 3), Identity("no", 7)),
        (RenameColumn(T, "no", "number"), Identity("number", 7)),
        (RenameColumn(T, "n", "m"), BEFORE.identity),
        (SetPrimaryKey(T, ()), BEFORE.identity),
        (ClusterBy(T, ("no",)), BEFORE.identity),
        (SetNullable(T, "no", nullable=False), BEFORE.identity),
        (SetDefault(T, "n", Constant(1)), BEFORE.identity),
        (DropColumn(T, "n"), BEFORE.identity),
    ],
    ids=str,
)
def test_changes_keep_it(change: Change, identity: Identity) -> None:
    assert numbered(change) == identity


@pytest.mark.parametrize(
    "change",
    [
        RetypeColumn(T, "no", types.Integer(64)),
        SetNullable(T, "no", nullable=True),
        SetDefault(T, "no", Constant(1)),
        SetDefault(T, "no", None),
        AdvanceIdentity(T, 0),
        AdvanceIdentity(T, 128),
    ],
    ids=str,
)
def test_what_would_spoil_it_is_refused(change: Change) -> None:
    with pytest.raises(errors.Invalid):
        outcome(change, BEFORE)


def test_it_is_not_dropped() -> None:
    with pytest.raises(errors.Conflict, match="the numbering"):
        outcome(DropColumn(T, "no"), BEFORE)


def test_where_nothing_is_numbered_nothing_goes_on() -> None:
    with pytest.raises(errors.NotFound):
        outcome(AdvanceIdentity(T, 1), Structure(TABLE))


@pytest.mark.parametrize(
    ("found", "expected"),
    [((), 1), ((None,), 1), ((4, None, 2), 5), ((-9,), 1), ((126,), 127), ((127,), 127), ((500,), 127)],
)
def test_the_next_number(found: tuple[int | None, ...], expected: int) -> None:
    assert next_number(types.Integer(8), *found) == expected
