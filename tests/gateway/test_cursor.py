"""Cursors: they hold the last row's values exactly, and go only with the question they came from."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backends import types
from backends.errors import Invalid
from backends.plan import And, Column, Comparison, Select, Sort, Table, TableName
from backends.values import reader, renderer
from gateway import body, cursor
from tests.strategies import SCALARS, TYPES, texts_of

NAME = TableName("c", "s", "t")
ID = Column("id", types.Integer(64), nullable=False)


def select(*kinds: types.Type, key: bool = True) -> Select:
    """A plan ordered by columns of these types, then by the key if there is one."""
    columns = tuple(Column(f"c{at}", kind) for at, kind in enumerate(kinds))
    table = Table(NAME, (*columns, *([ID] if key else [])), ("id",) if key else ())
    return Select(table, table.names, order=tuple(Sort(column.name) for column in table.columns))


PLAN = select(types.String())
WRITTEN = cursor.written(PLAN, b'["x",5]')


def forged(following: bytes, plan: Select = PLAN) -> str:
    """A cursor as the gateway itself would write it."""
    return cursor.written(plan, following)


def assert_refused(text: str, plan: Select = PLAN) -> None:
    with pytest.raises(Invalid) as refusal:
        cursor.read(text, plan)
    assert [fault.loc for fault in refusal.value.faults] == [("cursor",)]


@given(st.data(), st.lists(SCALARS, max_size=3), st.integers(-(2**63), 2**63 - 1))
def test_every_value_comes_back_exactly(data: st.DataObject, kinds: list[types.Type], number: int) -> None:
    plan = select(*kinds)
    texts = [data.draw(texts_of(kind) | st.just("null")) for kind in kinds]
    values = [
        None if text == "null" else reader(kind)(body.value_of(text.encode()))
        for kind, text in zip(kinds, texts, strict=True)
    ]
    canonical = [
        "null" if text == "null" else renderer(kind)(body.value_of(text.encode()))
        for kind, text in zip(kinds, texts, strict=True)
    ]
    written = cursor.written(plan, f"[{','.join([*canonical, str(number)])}]".encode())
    assert written.isascii() and set(written).isdisjoint("+/= ")
    assert cursor.read(written, plan) == (*values, number)


@given(st.data(), TYPES)
def test_without_a_key_values_of_every_type_come_back(data: st.DataObject, kind: types.Type) -> None:
    plan = select(kind, key=False)
    text = renderer(kind)(body.value_of(data.draw(texts_of(kind)).encode()))
    found = cursor.read(cursor.written(plan, f"[{text},3]".encode()), plan)
    expected = text if kind.nested else reader(kind)(body.value_of(text.encode()))
    assert found == (expected, 3)


def test_text_longer_than_its_column_comes_back() -> None:
    plan = select(types.Varchar(3))
    assert cursor.read(forged(b'["longer",1]', plan), plan) == ("longer", 1)


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAN, order=PLAN.order[::-1]),
        replace(PLAN, order=(Sort("c0", descending=True), Sort("id"))),
        replace(PLAN, where=And((Comparison("id", ">", 0),))),
        replace(PLAN, where=Comparison("c0", "=", "1")),
        select(types.String(), types.String()),
        replace(PLAN, table=replace(PLAN.table, name=TableName("c", "s", "u"))),
        replace(PLAN, table=replace(PLAN.table, name=TableName("d", "s", "t"))),
    ],
)
def test_a_cursor_goes_with_no_other_question(other: Select) -> None:
    assert_refused(WRITTEN, other)


@pytest.mark.parametrize(
    "same",
    [
        replace(PLAN, columns=("id",)),
        replace(PLAN, limit=7),
        replace(PLAN, total=True),
        replace(PLAN, limit=None),
    ],
)
def test_a_cursor_goes_with_other_columns_and_limits(same: Select) -> None:
    assert cursor.read(WRITTEN, same) == ("x", 5)


def test_conditions_that_differ_in_type_alone_are_different() -> None:
    one, other = (replace(PLAN, where=Comparison("c0", "=", value)) for value in (1, "1"))
    assert_refused(cursor.written(one, b'["x",5]'), other)


@pytest.mark.parametrize(
    "following",
    [
        b"", b"x", b"null", b"{}", b'"x"', b"[]", b'["x"]', b'["x",5,6]', b'[5,"x"]', b'["x",true]',
        b'["x",5.0]',
        b'["x","5"]', b'["x",9223372036854775808]', b'["\\u0000",5]', b"[[],5]",
        b'["x",1e99999999999999999999]',
        b'["x",' + b"9" * 5000 + b"]", b"[" * 100_000, b'["\xff",5]', b'["x",5]]',
    ],
)  # fmt: skip
def test_values_that_the_plan_cannot_have_are_refused(following: bytes) -> None:
    assert_refused(forged(following))


@pytest.mark.parametrize("position", [b"0", b"-1", b"1.0", b"null", b'"1"', b"true", str(1 << 62).encode()])
def test_a_place_among_equal_rows_is_a_positive_number(position: bytes) -> None:
    plan = select(types.String(), key=False)
    assert_refused(forged(b'["x",' + position + b"]", plan), plan)


@settings(max_examples=300)
@given(st.text() | st.binary().map(lambda found: urlsafe_b64encode(found).decode()))
@example("")
@example("\ud800")
@example("a" * 12)
def test_any_other_text_is_refused(text: str) -> None:
    assert_refused(text)


@pytest.mark.parametrize("at", range(len(WRITTEN)))
def test_a_cursor_with_a_letter_changed_is_refused_or_well_formed(at: int) -> None:
    changed = WRITTEN[:at] + ("B" if WRITTEN[at] != "B" else "C") + WRITTEN[at + 1 :]
    try:
        found = cursor.read(changed, PLAN)
    except Invalid:
        return
    text, number = found
    assert isinstance(text, str) and isinstance(number, int)


def test_a_cursor_cut_short_is_refused() -> None:
    for length in range(len(WRITTEN)):
        assert_refused(WRITTEN[:length])


def test_padding_does_not_matter() -> None:
    padded = urlsafe_b64encode(urlsafe_b64decode(WRITTEN + "=" * (-len(WRITTEN) % 4))).decode()
    assert cursor.read(padded.rstrip("="), PLAN) == ("x", 5)
