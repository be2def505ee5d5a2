"""Plans that read: what a request becomes for one table, and what is refused before any database is asked."""

import pytest

from backends import types
from backends.errors import Invalid, Unsupported
from backends.plan import And, Column, Comparison, Condition, Not, Or, Sort, Table
from gateway import cursor
from gateway.planner import (
    plan_delete,
    plan_page,
    plan_stream,
)
from gateway.requests import (
    DeleteRecords,
    ReadRecords,
)
from tests.gateway.people import ALIVE, AUDITED, BY_ID, HERE, ID, KEYLESS, NAME, PEOPLE, places


def where(condition: Condition, table: Table = PEOPLE) -> Condition:
    """What a plan makes of one filter."""
    return plan_page(ReadRecords(HERE, filters=And((condition,))), table, 1000).where


def test_a_page_has_all_columns_in_the_order_of_the_key_unless_told_otherwise() -> None:
    plan = plan_page(ReadRecords(HERE), PEOPLE, 1000)
    assert plan.columns == ("id", "name", "born", "worth", "tags", "initial")
    assert (plan.order, plan.limit, plan.offset, plan.where) == ((Sort("id"),), 100, 0, And(()))


def test_columns_are_read_as_they_are_asked_for() -> None:
    assert plan_page(ReadRecords(HERE, ("name", "id")), PEOPLE, 1000).columns == ("name", "id")


@pytest.mark.parametrize(
    ("order", "table", "found"),
    [
        ((Sort("born"),), PEOPLE, (Sort("born"), Sort("id"))),
        ((Sort("id", descending=True),), PEOPLE, (Sort("id", descending=True),)),
        ((), KEYLESS, (Sort("a"), Sort("b"))),
        ((Sort("a", descending=True),), KEYLESS, (Sort("a", descending=True), Sort("b"))),
        ((), Table(NAME, (Column("k", types.String()), ID), ("k",)), (Sort("k"), Sort("id"))),
        ((), Table(NAME, (ID, Column("k", types.Date(), False)), ("k", "id")), (Sort("k"), Sort("id"))),
    ],
)  # fmt: skip
def test_an_order_is_made_total(order: tuple[Sort, ...], table: Table, found: tuple[Sort, ...]) -> None:
    assert plan_page(ReadRecords(HERE, order_by=order), table, 1000).order == found


@pytest.mark.parametrize(
    ("asked", "most", "limit"), [(None, 1000, 100), (None, 50, 50), (7, 1000, 7), (50, 50, 50)]
)
def test_a_page_is_limited(asked: int | None, most: int, limit: int) -> None:
    assert plan_page(ReadRecords(HERE, limit=asked), PEOPLE, most).limit == limit


def test_a_page_larger_than_allowed_is_refused() -> None:
    with pytest.raises(Invalid) as error:
        plan_page(ReadRecords(HERE, limit=51), PEOPLE, 50)
    assert places(error) == [("limit",)]


@pytest.mark.parametrize("limit", [None, 1_000_000])
def test_a_stream_may_be_without_limit(limit: int | None) -> None:
    assert plan_stream(ReadRecords(HERE, limit=limit), PEOPLE).limit == limit


def test_a_stream_has_no_total() -> None:
    with pytest.raises(Invalid) as error:
        plan_stream(ReadRecords(HERE, include_total=True), PEOPLE)
    assert places(error) == [("include_total",)]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (Comparison("worth", "=", "1.5"), Comparison("worth", "=", "1.50")),
        (Comparison("worth", "IN", (1, "2.50")), Comparison("worth", "IN", ("1.00", "2.50"))),
        (Comparison("worth", "IN", ()), Comparison("worth", "IN", ())),
        (Comparison("born", "BETWEEN", ("2025-01-01", "2025-02-01")),) * 2,
        (Comparison("name", "=", "longer than the column"),) * 2,
        (Comparison("tags", "IS NULL"),) * 2,
        (Comparison("initial", "=", "a"),) * 2,
        (Comparison("name", "LIKE", "a\\_\\b%\\\\\\%"), Comparison("name", "LIKE", "a\\_b%\\\\\\%")),
        (Not(Or((Comparison("worth", "<", 1),))), Not(Or((Comparison("worth", "<", "1.00"),)))),
    ],
)
def test_values_are_made_canonical(condition: Condition, found: Condition) -> None:
    assert where(condition) == And((found,))


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        (Comparison("nobody", "=", 1), ("column",)),
        (Comparison("NAME", "=", "a"), ("column",)),
        (Comparison("id", "=", "1"), ("value",)),
        (Comparison("id", "=", 1 << 31), ("value",)),
        (Comparison("worth", "=", "1.234"), ("value",)),
        (Comparison("born", "IN", ("2025-01-01", "x")), ("value", 1)),
        (Comparison("name", "BETWEEN", ("a", 1)), ("value", 1)),
        (Comparison("tags", "=", "a"), ("op",)),
        (Comparison("id", "LIKE", "1"), ("op",)),
        (Comparison("name", "LIKE", 1), ("value",)),
        (Comparison("name", "ILIKE", "a\\"), ("value",)),
        (Comparison("name", "LIKE", "a\0"), ("value",)),
        (Comparison("name", "LIKE", "a" * 10_001), ("value",)),
        (Not(Comparison("id", "=", "x")), ("not", "value")),
        (Or((Comparison("id", "=", 1), And((Comparison("x", "IS NULL"),)))), ("or", 1, "and", 0, "column")),
    ],
)
def test_a_condition_that_does_not_fit_the_table_has_its_place(
    condition: Condition, place: tuple[str | int, ...]
) -> None:
    with pytest.raises(Invalid) as error:
        where(condition)
    assert places(error) == [("filters", 0, *place)]


def test_every_fault_of_a_read_is_listed() -> None:
    request = ReadRecords(
        HERE,
        columns=("x", "id", "y"),
        filters=And((Comparison("id", "=", "1"), Comparison("z", "=", 1))),
        order_by=(Sort("tags"), Sort("w"), Sort("id"), Sort("id", descending=True)),
    )
    with pytest.raises(Invalid) as error:
        plan_page(request, PEOPLE, 1000)
    assert places(error) == [
        ("columns",),
        ("columns",),
        ("filters", 0, "value"),
        ("filters", 1, "column"),
        ("order_by", 0),
        ("order_by", 1),
        ("order_by",),
    ]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (And(()), And((ALIVE,))),
        (And((Comparison("id", "=", 1),)), And((Comparison("id", "=", 1), ALIVE))),
    ],
)
def test_rows_marked_as_deleted_are_skipped_unless_asked_for(filters: And, found: Condition) -> None:
    assert plan_page(ReadRecords(HERE, filters=filters), AUDITED, 1000).where == found
    request = ReadRecords(HERE, filters=filters, include_deleted=True)
    assert plan_page(request, AUDITED, 1000).where == filters


def test_a_mark_of_another_type_is_no_mark() -> None:
    table = Table(NAME, (ID, Column("deleted_at", types.Integer(64))), ("id",))
    assert plan_page(ReadRecords(HERE), table, 1000).where == And(())
    with pytest.raises(Unsupported, match='"deleted_at"'):
        plan_delete(DeleteRecords(HERE, BY_ID), table)


def test_a_cursor_leads_to_where_its_page_ended() -> None:
    request = ReadRecords(HERE, order_by=(Sort("born"),))
    text = cursor.written(plan_page(request, PEOPLE, 1000), b'["2025-01-01",7]')
    again = ReadRecords(HERE, order_by=(Sort("born"),), cursor=text)
    assert plan_page(again, PEOPLE, 1000).after == ("2025-01-01", 7)
