"""Rows: the fast way in C and the way one by one say the same of everything."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backends import types
from backends.errors import BackendError, Conflict, Invalid
from backends.plan import Column, OnConflict, Table, TableName
from gateway.rows import Checked, RowType
from tests.strategies import ANYTHING, TYPES, object_text, texts_of

NAME = TableName("c", "s", "t")
KEYED = Table(NAME, (Column("id", types.Integer(64), nullable=False), Column("s", types.String())), ("id",))
MOST = 5


@dataclass(frozen=True)
class Refusal:
    """How rows are refused, without the words."""

    kind: type[BackendError]
    places: tuple[tuple[str | int, ...], ...]


def told(table: Table, data: bytes, on_conflict: OnConflict = "error") -> Refusal | tuple[object, ...]:
    """What is made of rows, numbers as decimals."""
    try:
        found = RowType(table).checked(data, on_conflict, MOST)
    except Invalid as error:
        return Refusal(Invalid, tuple(fault.loc for fault in error.faults))
    except Conflict as error:
        places = cast("list[dict[str, list[str | int]]]", error.details["errors"])
        return Refusal(Conflict, tuple(tuple(place["loc"]) for place in places))
    rows = json.loads(found.json, parse_float=Decimal, parse_int=Decimal)
    return [(list(row), row) for row in rows], found.columns, found.ragged


def told_slowly(table: Table, data: bytes, on_conflict: OnConflict) -> Refusal | tuple[object, ...]:
    """The same, the fast way barred."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.rows.FastRows.of", lambda *_: None)
        return told(table, data, on_conflict)


def columns(name: str) -> st.SearchStrategy[Column]:
    return st.builds(
        Column,
        name=st.just(name),
        type=TYPES,
        nullable=st.booleans(),
        default=st.sampled_from([None, None, "1"]),
        generated=st.sampled_from([False, False, False, True]),
    )


@st.composite
def tables(draw: st.DrawFn) -> Table:
    found = tuple(draw(columns(name)) for name in "abc"[: draw(st.integers(1, 3))])
    keys = [column.name for column in found if not column.type.nested and not column.generated]
    key = st.lists(st.sampled_from(keys), unique=True) if keys else st.just(list[str]())
    return Table(NAME, found, tuple(draw(key)))


@st.composite
def rows(draw: st.DrawFn, table: Table) -> bytes:
    """Rows of a table, most of them fit."""
    seldom = st.integers(0, 12).map(lambda number: number == 0)
    texts: list[str] = []
    for _ in range(draw(st.integers(0, MOST))):
        row = {}
        for column in table.columns:
            absent = seldom if column.generated or column.nullable or column.default else st.just(value=False)
            if column.generated is draw(seldom) and not draw(absent):
                value = ANYTHING if draw(seldom) else texts_of(column.type)
                row[json.dumps(column.name)] = "null" if column.nullable and draw(seldom) else draw(value)
        if draw(seldom):
            row['"unknown"'] = "1"
        again = draw(seldom)
        texts.append(texts[-1] if texts and again else object_text(row))
    return f"[{', '.join(texts)}]".encode()


@settings(max_examples=300)
@given(st.data(), st.sampled_from(("error", "update", "ignore")))
def test_both_ways_agree_on_every_table_and_all_rows(data: st.DataObject, on_conflict: OnConflict) -> None:
    table = data.draw(tables())
    text = data.draw(rows(table))
    assert told(table, text, on_conflict) == told_slowly(table, text, on_conflict)


@settings(max_examples=200)
@given(TYPES, ANYTHING, st.booleans())
@example(type_=types.Decimal(2, 2), value="1.00", nullable=False)
@example(type_=types.Binary(), value='"AB=="', nullable=False)
def test_both_ways_agree_on_every_value(type_: types.Type, value: str, nullable: bool) -> None:
    table = Table(NAME, (Column("a", type_, nullable),))
    text = f'[{{"a": {value}}}]'.encode()
    assert told(table, text) == told_slowly(table, text, "error")


@settings(max_examples=200)
@given(st.data(), TYPES)
def test_what_is_canonical_stays_as_it_is(data: st.DataObject, type_: types.Type) -> None:
    table = Table(NAME, (Column("a", type_),))
    once = RowType(table).checked(f'[{{"a": {data.draw(texts_of(type_))}}}]'.encode(), "error", MOST)
    assert RowType(table).checked(once.json, "error", MOST) == once


@pytest.mark.parametrize("table_key", [("id",), ("id", "s")])
def test_a_key_named_twice_among_the_rows_conflicts(table_key: tuple[str, ...]) -> None:
    table = Table(NAME, KEYED.columns, table_key)
    data = b'[{"id":1,"s":"x"},{"id":2,"s":"x"},{"id":1,"s":"x"},{"id":1,"s":"x"}]'
    assert told(table, data) == Refusal(Conflict, (("data", 2), ("data", 3)))


def test_of_rows_with_one_key_the_first_counts_where_conflicts_are_ignored() -> None:
    found = RowType(KEYED).checked(b'[{"id":1,"s":"x"},{"id":1,"s":"y"},{"id":2}]', "ignore", MOST)
    assert json.loads(found.json) == [{"id": 1, "s": "x"}, {"id": 2}]


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (types.Decimal(5, 2), ["1", "1.0", '"1.00"', "100e-2", '"+1"']),
        (types.Decimal(5, 2), ["0", "-0", "-0.00", '"-0"']),
        (types.Float(64), ["0", "0.0", "-0.0", "0e5"]),
        (types.Float(32), ["0.1", "0.10000000149011612", "1e-1"]),
        (types.Float(64), ['"NaN"', '"NaN"']),
        (types.Timestamp(), ['"2025-01-01"', '"2025-01-01T01:00+01:00"', '"2025-01-01 00:00:00.000Z"']),
        (types.Char(3), ['"a"', '"a  "']),
        (types.Binary(), ['"AA=="', '"AA=="']),
        (types.String(), ['"\\u00e9"', '"\u00e9"']),
    ],
)
def test_keys_are_the_same_when_their_values_are(type_: types.Type, values: list[str]) -> None:
    table = Table(NAME, (Column("k", type_, nullable=False),), ("k",))
    data = rows_of("k", values)
    assert told(table, data) == Refusal(Conflict, tuple(("data", at) for at in range(1, len(values))))
    assert told_slowly(table, data, "error") == told(table, data)


def rows_of(name: str, values: list[str]) -> bytes:
    """One row for each JSON value."""
    return f"[{','.join(object_text({json.dumps(name): value}) for value in values)}]".encode()


@pytest.mark.parametrize("type_", [types.String(), types.Decimal(5, 2), types.Date(), types.Float(64)])
def test_a_key_that_is_null_is_no_key(type_: types.Type) -> None:
    table = Table(NAME, (Column("k", type_),), ("k",))
    data = rows_of("k", ["null", "null"])
    assert (
        told(table, data) == told_slowly(table, data, "error") == ([(["k"], {"k": None})] * 2, ("k",), False)
    )


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (
            b'[{"id":1,"s":"x"},{"s":"y","id":2}]',
            (b'[{"id":1,"s":"x"},{"id":2,"s":"y"}]', ("id", "s"), False),
        ),
        (b'[{"id":1},{"id":2}]', (b'[{"id":1},{"id":2}]', ("id",), False)),
        (b'[{"id":1},{"id":2,"s":"y"}]', (b'[{"id":1},{"id":2,"s":"y"}]', ("id", "s"), True)),
        (b'[{"id":1,"s":null}]', (b'[{"id":1,"s":null}]', ("id", "s"), False)),
    ],
)
def test_rows_are_ragged_where_one_lacks_what_another_brings(
    data: bytes, found: tuple[bytes, tuple[str, ...], bool]
) -> None:
    assert RowType(KEYED).checked(data, "error", MOST) == Checked(*found)


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_too_few_and_too_many_rows_are_refused(count: int) -> None:
    assert told(KEYED, rows_of("id", [str(number) for number in range(count)])) == Refusal(
        Invalid, (("data",),)
    )


@pytest.mark.parametrize("data", [b"null", b"{}", b'"x"', b"1"])
def test_what_is_no_list_is_refused(data: bytes) -> None:
    assert told(KEYED, data) == Refusal(Invalid, (("data",),))


def test_every_fault_of_every_row_has_its_place() -> None:
    data = b'[{"s":1},{"id":1},7,{"id":null,"x":1,"s":"y"},{"id":1e400}]'
    assert told(KEYED, data) == Refusal(
        Invalid,
        (
            ("data", 0, "id"),
            ("data", 0, "s"),
            ("data", 2),
            ("data", 3, "x"),
            ("data", 3, "id"),
            ("data", 4, "id"),
        ),
    )


def test_a_fault_inside_a_value_has_its_place() -> None:
    nested = types.parse("ARRAY<STRUCT<a:MAP<STRING,INT>>>")
    table = Table(NAME, (Column("n", nested),))
    assert told(table, b'[{"n":[null,{"a":{"k":1,"l":"x"}}]}]') == Refusal(
        Invalid, (("data", 0, "n", 1, "a", "l"),)
    )


@pytest.mark.parametrize(
    "name", ['a"b', "a\\b", "a\x01", "\u00e9", "a b", "", "f0", "__class__", "\U0001f600"]
)
def test_a_column_may_have_any_name(name: str) -> None:
    table = Table(NAME, (Column(name, types.Decimal(3, 1)), Column("other", types.String())), ())
    found = RowType(table).checked(rows_of(name, ["1", "2.5"]), "error", MOST)
    assert (json.loads(found.json), found.columns) == ([{name: 1.0}, {name: 2.5}], (name,))


@pytest.mark.parametrize(
    ("column", "needed"),
    [
        (Column("a", types.String(), nullable=False), True),
        (Column("a", types.String(), nullable=False, default="'x'"), False),
        (Column("created_at", types.Timestamp(), nullable=False), False),
        (Column("created_at", types.TimestampNtz(), nullable=False), False),
        (Column("created_by", types.Varchar(9), nullable=False), False),
        (Column("created_at", types.Integer(64), nullable=False), True),
        (Column("created_by", types.Integer(64), nullable=False), True),
        (Column("updated_at", types.Timestamp(), nullable=False), True),
        (Column("deleted_at", types.Timestamp(), nullable=False), True),
    ],
)
def test_what_nobody_fills_in_must_be_brought(column: Column, needed: bool) -> None:
    table = Table(NAME, (Column("id", types.Integer(64)), column))
    refused = told(table, b'[{"id":1}]') == Refusal(Invalid, (("data", 0, column.name),))
    assert refused is needed
