"""What becomes of a structure by each change, and what is refused before any SQL."""

from dataclasses import replace
from typing import Any

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
from backends.plan import Column, Comparison, Table, TableName
from backends.structure import Check, Constant, ForeignKey, Index, Now, Structure

T = TableName("main", "main", "t")
P = TableName("main", "main", "p")
TABLE = Table(
    T,
    (
        Column("id", types.Integer(64), nullable=False),
        Column("n", types.Integer(32), comment="some"),
        Column("s", types.Varchar(5)),
        Column("at", types.Timestamp()),
        Column("list", types.Array(types.Integer(32))),
        Column("free", types.Date()),
    ),
    ("id",),
)
CHECK = Check("ck", Comparison("n", ">", 0))
KEY = ForeignKey("fk", ("n",), P, ("id",))
BEFORE = Structure(
    TABLE,
    comment="all",
    defaults={"n": Constant(1), "at": Now()},
    checks=(CHECK,),
    foreign_keys=(KEY,),
    indexes=(Index("ix", ("s", "n")),),
    clustering=("s",),
    others=("a trigger",),
)
OTHER = Column("other", types.Integer(8))


def after(change: Change, before: Structure | None = BEFORE) -> Structure:
    found = outcome(change, before)
    assert found is not None
    return found


def with_column(name: str, **changes: Any) -> Structure:
    """The structure before, with a column of it changed."""
    columns = tuple(replace(each, **changes) if each.name == name else each for each in TABLE.columns)
    return replace(BEFORE, table=replace(TABLE, columns=columns))


def test_a_table_is_created_as_asked() -> None:
    assert outcome(CreateTable(BEFORE), None) == BEFORE


def test_what_a_new_table_has_is_in_the_order_of_names() -> None:
    asked = replace(
        BEFORE,
        checks=(replace(CHECK, name="b"), replace(CHECK, name="a")),
        indexes=(Index("y", ("n",)), Index("x", ("n",))),
    )
    made = after(CreateTable(asked), None)
    assert [each.name for each in made.checks] == ["a", "b"]
    assert [each.name for each in made.indexes] == ["x", "y"]


def test_a_key_takes_no_null() -> None:
    asked = Structure(Table(T, (Column("id", types.Integer(64)), Column("n", types.Integer(64))), ("id",)))
    assert [each.nullable for each in after(CreateTable(asked), None).table.columns] == [False, True]
    keyed = after(SetPrimaryKey(T, ("n", "id")), asked)
    assert (keyed.table.primary_key, keyed.table.by_name["n"].nullable) == (("n", "id"), False)
    assert after(SetPrimaryKey(T, ()), keyed).table.columns == keyed.table.columns


def test_a_table_is_dropped() -> None:
    assert outcome(DropTable(T), BEFORE) is None


def test_a_table_is_renamed() -> None:
    renamed = replace(BEFORE, table=replace(TABLE, name=TableName("main", "main", "u")))
    assert after(RenameTable(T, "u")) == renamed


def test_a_column_is_added_last() -> None:
    added = after(AddColumn(T, OTHER, Constant(5)))
    assert added.table.columns == (*TABLE.columns, OTHER)
    assert added.defaults == {**BEFORE.defaults, "other": Constant(5)}
    assert after(DropColumn(T, "other"), added) == BEFORE
    assert after(AddColumn(T, OTHER)).defaults == BEFORE.defaults


def test_everything_follows_a_renamed_column() -> None:
    found = after(RenameColumn(T, "n", "m"))
    assert found.table.names == ("id", "m", "s", "at", "list", "free")
    assert found.defaults == {"m": Constant(1), "at": Now()}
    assert found.checks == (Check("ck", Comparison("m", ">", 0)),)
    assert found.foreign_keys == (replace(KEY, columns=("m",)),)
    assert found.indexes == (Index("ix", ("s", "m")),)
    assert after(RenameColumn(T, "m", "n"), found) == BEFORE
    assert after(RenameColumn(T, "s", "S")).clustering == ("S",)
    assert after(RenameColumn(T, "id", "no")).table.primary_key == ("no",)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (RetypeColumn(T, "n", types.Integer(64)), with_column("n", type=types.Integer(64))),
        (SetNullable(T, "n", nullable=False), with_column("n", nullable=False)),
        (SetNullable(T, "id", nullable=False), BEFORE),
        (SetComment(T, "n", "more"), with_column("n", comment="more")),
        (SetComment(T, "n", None), with_column("n", comment=None)),
        (SetComment(T, None, None), replace(BEFORE, comment=None)),
        (SetDefault(T, "n", None), replace(BEFORE, defaults={"at": Now()})),
        (
            SetDefault(T, "s", Constant("x")),
            replace(BEFORE, defaults={**BEFORE.defaults, "s": Constant("x")}),
        ),
        (
            AddCheck(T, Check("a", CHECK.condition)),
            replace(BEFORE, checks=(Check("a", CHECK.condition), CHECK)),
        ),
        (
            AddForeignKey(T, replace(KEY, name="z")),
            replace(BEFORE, foreign_keys=(KEY, replace(KEY, name="z"))),
        ),
        (DropConstraint(T, "ck"), replace(BEFORE, checks=())),
        (DropConstraint(T, "fk"), replace(BEFORE, foreign_keys=())),
        (CreateIndex(T, Index("a", ("n",))), replace(BEFORE, indexes=(Index("a", ("n",)), *BEFORE.indexes))),
        (DropIndex(T, "ix"), replace(BEFORE, indexes=())),
        (ClusterBy(T, ("n", "s")), replace(BEFORE, clustering=("n", "s"))),
        (ClusterBy(T, ()), replace(BEFORE, clustering=())),
    ],
    ids=str,
)
def test_a_change_changes_what_it_says_and_no_more(change: Change, expected: Structure) -> None:
    assert after(change) == expected


ON_COLUMN: list[Change] = [
    DropColumn(T, "x"),
    RenameColumn(T, "x", "y"),
    RetypeColumn(T, "x", types.String()),
    SetNullable(T, "x", nullable=True),
    SetDefault(T, "x", None),
    SetComment(T, "x", None),
    SetPrimaryKey(T, ("x",)),
    AddCheck(T, Check("c", Comparison("x", "IS NULL"))),
    AddForeignKey(T, ForeignKey("k", ("x",), P, ("id",))),
    CreateIndex(T, Index("i", ("x",))),
    ClusterBy(T, ("x",)),
]


@pytest.mark.parametrize(
    "change", [*ON_COLUMN, DropTable(T), RenameTable(T, "u"), AddColumn(T, OTHER)], ids=str
)
def test_a_table_that_is_not_there_is_not_found(change: Change) -> None:
    with pytest.raises(errors.NotFound, match=r'"main\.main\.t"'):
        outcome(change, None)


@pytest.mark.parametrize("change", ON_COLUMN, ids=str)
def test_a_column_that_is_not_there_is_not_found(change: Change) -> None:
    with pytest.raises(errors.NotFound, match='"x"'):
        outcome(change, BEFORE)


@pytest.mark.parametrize(
    "change", [DropConstraint(T, "ix"), DropIndex(T, "ck"), DropConstraint(T, "CK")], ids=str
)
def test_what_is_not_there_is_not_dropped(change: Change) -> None:
    with pytest.raises(errors.NotFound):
        outcome(change, BEFORE)


@pytest.mark.parametrize(
    "change",
    [
        CreateTable(BEFORE),
        AddColumn(T, replace(OTHER, name="N")),
        RenameColumn(T, "s", "N"),
        AddCheck(T, replace(CHECK, name="CK")),
        AddCheck(T, replace(CHECK, name="Fk")),
        AddForeignKey(T, replace(KEY, name="cK")),
        CreateIndex(T, Index("IX", ("n",))),
    ],
    ids=str,
)
def test_a_name_that_is_taken_conflicts(change: Change) -> None:
    with pytest.raises(errors.Conflict):
        outcome(change, BEFORE)


@pytest.mark.parametrize(
    ("column", "user"),
    [
        ("id", "the primary key"),
        ("n", 'the check "ck"'),
        ("s", "its clustering"),
    ],
)
def test_a_column_that_something_uses_is_not_dropped(column: str, user: str) -> None:
    with pytest.raises(errors.Conflict, match=user):
        outcome(DropColumn(T, column), BEFORE)


@pytest.mark.parametrize(
    ("kept", "user"),
    [
        ({"foreign_keys": (KEY,)}, 'the foreign key "fk"'),
        ({"indexes": (Index("ix", ("s", "n")),)}, 'the index "ix"'),
    ],
)
def test_a_column_of_a_key_or_an_index_is_not_dropped(kept: dict[str, Any], user: str) -> None:
    with pytest.raises(errors.Conflict, match=user):
        outcome(DropColumn(T, "n"), Structure(TABLE, **kept))


def test_a_dropped_column_takes_its_default_with_it() -> None:
    assert after(DropColumn(T, "at")).defaults == {"n": Constant(1)}


def test_a_column_of_the_key_cannot_be_null() -> None:
    with pytest.raises(errors.Conflict, match='"id" is in the primary key'):
        outcome(SetNullable(T, "id", nullable=True), BEFORE)


@pytest.mark.parametrize(
    "change",
    [
        AddColumn(T, replace(OTHER, nullable=False)),
        RetypeColumn(T, "n", types.String()),
        SetDefault(T, "list", Constant("[]")),
        SetDefault(T, "free", Now()),
        SetPrimaryKey(T, ("list",)),
        SetPrimaryKey(T, ("n", "n")),
        ClusterBy(T, ("list",)),
        AddCheck(T, Check("c", Comparison("list", "IS NULL"))),
        AddCheck(T, Check("c", Comparison("s", "LIKE", "a%"))),
        AddForeignKey(T, ForeignKey("k", ("list",), P, ("id",))),
        AddForeignKey(T, ForeignKey("k", ("n",), P, ("id", "no"))),
        AddForeignKey(T, ForeignKey("k", (), P, ())),
        CreateIndex(T, Index("i", ("list",))),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(change: Change) -> None:
    with pytest.raises(errors.Invalid):
        outcome(change, BEFORE)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"table": replace(TABLE, primary_key=("x",))}, errors.NotFound),
        ({"table": replace(TABLE, primary_key=("list",))}, errors.Invalid),
        ({"defaults": {"x": Constant(1)}}, errors.NotFound),
        ({"defaults": {"n": Now()}}, errors.Invalid),
        ({"checks": (CHECK, CHECK)}, errors.Conflict),
        ({"foreign_keys": (replace(KEY, name="ck"),)}, errors.Conflict),
        ({"indexes": (Index("i", ("x",)),)}, errors.NotFound),
        ({"clustering": ("list",)}, errors.Invalid),
    ],
    ids=str,
)
def test_a_new_table_is_looked_at_as_its_parts_are(
    changes: dict[str, Any], error: type[errors.BackendError]
) -> None:
    with pytest.raises(error):
        outcome(CreateTable(replace(BEFORE, **changes)), None)
