"""Each change, on each backend: what it makes of a table, of its rows, and what refuses it."""

import datetime as dt
from typing import Any

import pytest

from backends import errors, types
from backends.base import Backend
from backends.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    Change,
    ClusterBy,
    CreateIndex,
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
from backends.plan import And, Comparison, Not, Operator, Or, TableName
from backends.structure import Check, Constant, ForeignKey, Index, Now, Structure
from tests.client import new_name
from tests.effort import some
from tests.structures.changing import change, check, column, found, make, read, run, table, write

EVERY_TYPE = (
    "BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(10,2)", "DECIMAL(38,18)",
    "STRING", "VARCHAR(20)", "CHAR(5)", "DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "BINARY", "ARRAY<INT>",
    "MAP<STRING,INT>", "STRUCT<a:INT,b:STRING>",
)  # fmt: skip
DEFAULTS: dict[str, Any] = {
    "BOOLEAN": True, "TINYINT": -128, "BIGINT": 9223372036854775807, "FLOAT": 0.1, "DOUBLE": 0.1,
    "DECIMAL(10,2)": "1.50", "STRING": "it's \\ 100% \"so\" -- ; é", "VARCHAR(20)": "", "CHAR(5)": "ab",
    "DATE": "2024-02-29", "TIMESTAMP": "2024-02-29T12:00:00.5+00:00", "TIMESTAMP_NTZ": "2024-02-29T12:00:00",
    "BINARY": "AAEC",
}  # fmt: skip
Compared = tuple[Operator, Any]
COMMENT = 'it\'s 100% "so" -- ; \\ é /* */ {x}'


def plain(name: TableName) -> Structure:
    return table(name, column("id", "INT"), column("n", "INT"), column("t", "STRING"))


@pytest.fixture
def filled(backend: Backend, name: TableName) -> TableName:
    """A table of three rows; the second has NULLs."""
    make(backend, plain(name))
    write(backend, name, {"id": 1, "n": 10, "t": "a"}, {"id": 2}, {"id": 3, "n": 30, "t": "c"})
    return name


def test_a_table_of_every_type(backend: Backend, name: TableName) -> None:
    columns = [column(f"c{at}", type_, comment=f"{at}: {type_}") for at, type_ in enumerate(EVERY_TYPE)]
    make(backend, table(name, column("id", "BIGINT"), *columns))


def test_a_table_that_has_it_all(backend: Backend, name: TableName) -> None:
    target = TableName(name.catalog, name.schema, new_name())
    make(backend, table(target, column("a", "INT"), column("b", "STRING"), key=("b", "a")))
    made = table(
        name,
        column("id", "BIGINT"),
        column("a", "INT", nullable=False, comment=COMMENT),
        column("b", "STRING"),
        column("at", "TIMESTAMP"),
    )
    condition = Or((Not(Comparison("a", "IN", (1, 2))), And((Comparison("b", "IS NOT NULL"),))))
    make(
        backend,
        Structure(
            made.table,
            comment=COMMENT,
            defaults={"a": Constant(7), "at": Now()},
            checks=(Check("ck_a", condition), check("ck_b", "a", ">=", 0)),
            foreign_keys=(ForeignKey("fk", ("b", "a"), target, ("b", "a")),),
            indexes=(Index("ix", ("b", "id")),),
            clustering=("a",),
        ),
    )


def test_a_table_in_a_new_schema(backend: Backend, name: TableName) -> None:
    elsewhere = TableName(name.catalog, new_name(), name.table)
    make(backend, plain(elsewhere))
    change(backend, CreateIndex(elsewhere, Index("ix", ("n",))), DropIndex(elsewhere, "ix"))
    write(backend, elsewhere, {"id": 1, "n": 1})
    change(backend, RenameTable(elsewhere, new := new_name()))
    assert read(backend, TableName(name.catalog, elsewhere.schema, new), "id") == [{"id": 1}]


def test_a_table_is_dropped(backend: Backend, filled: TableName) -> None:
    run(backend, DropTable(filled), found(backend, filled))
    assert found(backend, filled) is None


def test_a_table_is_renamed_with_all_it_has(backend: Backend, filled: TableName) -> None:
    change(
        backend,
        AddCheck(filled, check("ck", "n", ">", 0)),
        CreateIndex(filled, Index("ix", ("n",))),
        SetComment(filled, None, COMMENT),
        SetComment(filled, "n", COMMENT),
        RenameTable(filled, new := new_name()),
    )
    renamed = TableName(filled.catalog, filled.schema, new)
    assert found(backend, filled) is None
    assert len(read(backend, renamed)) == 3
    change(backend, DropConstraint(renamed, "ck"), DropIndex(renamed, "ix"))


def test_keys_follow_a_renamed_table(backend: Backend, filled: TableName) -> None:
    child = TableName(filled.catalog, filled.schema, new_name())
    make(backend, table(child, column("id", "INT"), column("parent", "INT")))
    key = ForeignKey("fk", ("parent",), filled, ("id",))
    change(backend, AddForeignKey(child, key), RenameTable(filled, new := new_name()))
    target = TableName(filled.catalog, filled.schema, new)
    assert backend.structure(child).foreign_keys == (ForeignKey("fk", ("parent",), target, ("id",)),)


@pytest.mark.parametrize("type_", some(EVERY_TYPE, 4))
def test_a_column_is_added(backend: Backend, filled: TableName, type_: str) -> None:
    change(backend, AddColumn(filled, column("new", type_, comment=COMMENT)))
    assert [row["new"] for row in read(backend, filled)] == [None, None, None]


@pytest.mark.parametrize("type_", some(DEFAULTS, 4))
def test_a_column_is_added_with_its_default(backend: Backend, filled: TableName, type_: str) -> None:
    value = DEFAULTS[type_]
    change(backend, AddColumn(filled, column("new", type_, nullable=False), Constant(value)))
    write(backend, filled, {"id": 4})
    expected = float(value) if type_.startswith("DECIMAL") else value
    assert [row["new"] for row in read(backend, filled)] == [expected] * 4


def test_a_default_is_set_and_taken_away(backend: Backend, filled: TableName) -> None:
    change(backend, SetDefault(filled, "n", Constant(-5)))
    write(backend, filled, {"id": 4})
    change(backend, SetDefault(filled, "n", None))
    write(backend, filled, {"id": 5})
    assert [row["n"] for row in read(backend, filled)] == [10, None, 30, -5, None]


def test_the_time_of_the_write_is_a_default(backend: Backend, filled: TableName) -> None:
    change(backend, AddColumn(filled, column("at", "TIMESTAMP")), SetDefault(filled, "at", Now()))
    before = dt.datetime.now(dt.UTC)
    write(backend, filled, {"id": 4})
    *old, new = [row["at"] for row in read(backend, filled)]
    assert old == [None, None, None]
    assert abs(dt.datetime.fromisoformat(new) - before) < dt.timedelta(minutes=1)


def test_a_column_is_dropped(backend: Backend, filled: TableName) -> None:
    change(backend, DropColumn(filled, "n"))
    assert read(backend, filled) == [{"id": 1, "t": "a"}, {"id": 2, "t": None}, {"id": 3, "t": "c"}]
    change(backend, AddColumn(filled, column("n", "STRING")))
    assert [row["n"] for row in read(backend, filled)] == [None, None, None]


def test_everything_follows_a_renamed_column(backend: Backend, filled: TableName) -> None:
    change(
        backend,
        SetNullable(filled, "id", nullable=False),
        SetDefault(filled, "n", Constant(1)),
        SetComment(filled, "n", COMMENT),
        AddCheck(filled, check("ck", "n", ">", 0)),
        CreateIndex(filled, Index("ix", ("t", "n"))),
        RenameColumn(filled, "n", "m"),
        RenameColumn(filled, "id", "no"),
        RenameColumn(filled, "no", "id"),
    )
    assert [row["m"] for row in read(backend, filled)] == [10, None, 30]
    with pytest.raises(errors.Conflict):
        write(backend, filled, {"id": 4, "m": 0})


@pytest.mark.parametrize(
    ("old", "new", "values", "expected"),
    [
        ("TINYINT", "BIGINT", [-128, 127], [-128, 127]),
        ("BIGINT", "TINYINT", [-128, 127], [-128, 127]),
        ("INT", "DECIMAL(20,5)", [-5, 7], [-5.0, 7.0]),
        ("DECIMAL(4,2)", "DECIMAL(38,18)", ["1.50", "-99.99"], [1.5, -99.99]),
        ("DECIMAL(10,4)", "DECIMAL(4,2)", ["1.5000", "-99.99"], [1.5, -99.99]),
        ("STRING", "VARCHAR(3)", ["abc", ""], ["abc", ""]),
        ("VARCHAR(3)", "STRING", ["é  ", ""], ["é  ", ""]),
        ("CHAR(3)", "CHAR(5)", ["ab", "abc"], ["ab", "abc"]),
        ("CHAR(5)", "VARCHAR(3)", ["ab", "abc"], ["ab", "abc"]),
        (
            "DATE",
            "TIMESTAMP_NTZ",
            ["0001-01-01", "9999-12-31"],
            ["0001-01-01T00:00:00", "9999-12-31T00:00:00"],
        ),
    ],
)
def test_a_column_becomes_another_type(
    backend: Backend, name: TableName, old: str, new: str, values: list[object], expected: list[object]
) -> None:
    make(backend, table(name, column("id", "INT"), column("v", old, comment=COMMENT), column("w", "INT")))
    write(backend, name, *({"id": at, "v": value, "w": at} for at, value in enumerate([*values, None])))
    change(backend, RetypeColumn(name, "v", types.parse(new)))
    assert [(row["v"], row["w"]) for row in read(backend, name)] == [
        (*pair[::-1],) for pair in enumerate([*expected, None])
    ]


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("BIGINT", "TINYINT", 128),
        ("INT", "DECIMAL(3,1)", 100),
        ("DECIMAL(10,4)", "DECIMAL(4,2)", "1.0001"),
        ("DECIMAL(10,4)", "DECIMAL(6,4)", "100"),
        ("STRING", "VARCHAR(3)", "abcd"),
        ("STRING", "VARCHAR(3)", "abc "),
        ("CHAR(5)", "CHAR(3)", "abcd"),
    ],
)
def test_a_value_that_the_other_type_cannot_hold_refuses_it(
    backend: Backend, name: TableName, old: str, new: str, value: object
) -> None:
    make(backend, table(name, column("id", "INT"), column("v", old)))
    write(backend, name, {"id": 1, "v": value}, {"id": 2})
    before, rows = backend.structure(name), read(backend, name)
    with pytest.raises(errors.Conflict):
        run(backend, RetypeColumn(name, "v", types.parse(new)), before)
    assert (backend.structure(name), read(backend, name)) == (before, rows)


def test_a_retyped_column_keeps_all_it_has(backend: Backend, filled: TableName) -> None:
    change(
        backend,
        SetDefault(filled, "n", Constant(5)),
        AddCheck(filled, check("ck", "n", ">", 0)),
        CreateIndex(filled, Index("ix", ("n",))),
        RetypeColumn(filled, "n", types.parse("BIGINT")),
        RetypeColumn(filled, "id", types.parse("BIGINT")),
    )
    write(backend, filled, {"id": 1 << 40})
    assert [row["n"] for row in read(backend, filled)] == [10, None, 30, 5]
    with pytest.raises(errors.Conflict):
        write(backend, filled, {"id": 1 << 40})


def test_a_column_takes_null_or_none(backend: Backend, filled: TableName) -> None:
    before = backend.structure(filled)
    with pytest.raises(errors.Conflict):
        run(backend, SetNullable(filled, "n", nullable=False), before)
    assert backend.structure(filled) == before
    change(backend, AddColumn(filled, column("m", "INT", nullable=False), Constant(0)))
    change(backend, SetNullable(filled, "m", nullable=True), SetNullable(filled, "m", nullable=False))


def test_a_primary_key_is_set_and_taken_away(backend: Backend, filled: TableName) -> None:
    change(backend, SetPrimaryKey(filled, ()))
    write(backend, filled, {"id": 3, "n": 31})
    before = backend.structure(filled)
    with pytest.raises(errors.Conflict):
        run(backend, SetPrimaryKey(filled, ("id",)), before)
    known = backend.structure(filled)
    assert known.table.primary_key == ()
    make(
        backend,
        table(other := TableName(*_others(filled)), column("id", "INT"), column("b", "STRING"), key=()),
    )
    write(backend, other, {"id": 1, "b": "x"}, {"id": 1, "b": "y"})
    change(backend, SetPrimaryKey(other, ("b", "id")))
    with pytest.raises(errors.Conflict):
        write(backend, other, {"id": 1, "b": "x"})


def _others(name: TableName) -> tuple[str, str, str]:
    return name.catalog, name.schema, new_name()


@pytest.mark.parametrize(
    ("type_", "compared", "good", "bad"),
    [
        ("INT", ("BETWEEN", (1, 5)), 5, 6),
        ("DECIMAL(38,18)", (">", "0.000000000000000001"), "0.000000000000000002", "0.000000000000000001"),
        ("STRING", ("IN", ("it's", "\\")), "\\", "x"),
        ("STRING", ("<", "b"), "B", "b"),
        ("BOOLEAN", ("=", True), True, False),
        ("DATE", (">=", "2024-02-29"), "2024-02-29", "2024-02-28"),
        ("TIMESTAMP", ("<", "2024-02-29T00:00:00+00:00"), "2024-02-28T23:59:59.9Z", "2024-02-29T00:00:00Z"),
        ("TIMESTAMP_NTZ", ("!=", "2024-02-29T00:00:00"), "2024-02-28T00:00:00", "2024-02-29T00:00:00"),
        ("DOUBLE", ("<=", 0.1), 0.1, 0.2),
        ("INT", ("IS NOT NULL", None), 1, None),
    ],
)
def test_a_check_lets_through_what_it_says(
    backend: Backend, name: TableName, type_: str, compared: Compared, good: object, bad: object
) -> None:
    op, value = compared
    make(backend, table(name, column("id", "INT"), column("v", type_)))
    change(backend, AddCheck(name, check("ck", "v", op, value)))
    write(backend, name, {"id": 1, "v": good})
    with pytest.raises(errors.Conflict):
        write(backend, name, {"id": 2, "v": bad})
    if op != "IS NOT NULL":
        write(backend, name, {"id": 3, "v": None})
    change(backend, DropConstraint(name, "ck"))
    write(backend, name, {"id": 2, "v": bad})


def test_a_row_that_is_there_refuses_a_check(backend: Backend, filled: TableName) -> None:
    before = backend.structure(filled)
    with pytest.raises(errors.Conflict):
        run(backend, AddCheck(filled, check("ck", "n", "<", 30)), before)
    assert backend.structure(filled) == before


def test_a_foreign_key_is_added_and_dropped(backend: Backend, filled: TableName) -> None:
    child = TableName(*_others(filled))
    make(backend, table(child, column("id", "INT"), column("parent", "INT")))
    change(
        backend,
        AddForeignKey(child, ForeignKey("fk", ("parent",), filled, ("id",))),
        RenameColumn(child, "parent", "p"),
        DropConstraint(child, "fk"),
        DropColumn(child, "p"),
    )


def test_comments_are_set_and_taken_away(backend: Backend, filled: TableName) -> None:
    change(
        backend,
        SetComment(filled, None, COMMENT),
        SetComment(filled, "t", "x"),
        SetComment(filled, "t", COMMENT),
        SetComment(filled, "t", None),
        SetComment(filled, None, None),
    )


def test_indexes_are_made_and_dropped(backend: Backend, filled: TableName) -> None:
    change(
        backend,
        CreateIndex(filled, Index("ix", ("t",))),
        CreateIndex(filled, Index("iy", ("n", "t"))),
        DropIndex(filled, "ix"),
    )


def test_two_tables_have_an_index_of_one_name(backend: Backend, filled: TableName) -> None:
    other = TableName(*_others(filled))
    make(backend, plain(other))
    for each in (filled, other):
        change(backend, CreateIndex(each, Index("ix", ("n",))), AddCheck(each, check("ck", "n", ">", 0)))
    for each in (filled, other):
        change(backend, DropIndex(each, "ix"), DropConstraint(each, "ck"))


def test_clustering_is_told_of_where_there_is_none(backend: Backend, filled: TableName) -> None:
    change(backend, ClusterBy(filled, ("t", "n")))
    assert backend.structure(filled).clustering in {(), ("t", "n")}
    change(backend, ClusterBy(filled, ()))
    assert backend.structure(filled).clustering == ()
    for asked in (ClusterBy(filled, ("t",)), CreateIndex(filled, Index("ix", ("n",)))):
        assert backend.ddl(asked, backend.structure(filled))


def test_rows_and_names_are_as_they_were_after_many_changes(backend: Backend, filled: TableName) -> None:
    changes: list[Change] = []
    for at in range(3):
        changes += [
            AddColumn(filled, column(f"x{at}", "DECIMAL(10,2)"), Constant("1.50")),
            RenameColumn(filled, "t", f"t{at}"),
            RetypeColumn(filled, f"x{at}", types.parse("DECIMAL(12,3)")),
            RenameColumn(filled, f"t{at}", "t"),
            DropColumn(filled, f"x{at}"),
        ]
    change(backend, *changes)
    assert [row["t"] for row in read(backend, filled)] == ["a", None, "c"]


def test_changes_that_cannot_be_meant_are_refused(backend: Backend, filled: TableName) -> None:
    before = found(backend, filled)
    for each, error in (
        (DropColumn(filled, "x"), errors.NotFound),
        (DropColumn(filled, "id"), errors.Conflict),
        (AddColumn(filled, column("N", "INT")), errors.Conflict),
        (RetypeColumn(filled, "t", types.parse("INT")), errors.Invalid),
        (AddCheck(filled, check("ck", "t", "LIKE", "a%")), errors.Invalid),
        (DropIndex(filled, "ix"), errors.NotFound),
    ):
        with pytest.raises(error):
            backend.ddl(each, before)
