"""Conditions of checks: as text and back, and what they name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.plan import And, Comparison, Condition, Not, Operator, Or, Value
from backends.structure import (
    CHECKABLE,
    columns_in,
    condition_of,
    condition_text,
    operators_in,
    renamed_in,
)

COLUMNS = st.sampled_from(["a", "b", 'c"', "é", ""])
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)


def operands(op: Operator) -> st.SearchStrategy[Value | tuple[Value, ...]]:
    if op in ("IS NULL", "IS NOT NULL"):
        return st.none()
    if op == "BETWEEN":
        return st.tuples(VALUES, VALUES)
    return st.lists(VALUES).map(tuple) if op in ("IN", "NOT IN") else VALUES


COMPARISONS = st.sampled_from(sorted(CHECKABLE)).flatmap(
    lambda op: st.builds(Comparison, COLUMNS, st.just(op), operands(op))
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    COMPARISONS,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=8,
)
WHOLE = And((Or((Comparison("a", "=", 1), Not(Comparison("b", "IS NULL")))), Comparison("a", "IN", (1, 2))))


@given(CONDITIONS)
def test_a_condition_is_what_its_text_says(condition: Condition) -> None:
    found = condition_of(condition_text(condition))
    assert found == condition
    assert condition_text(found) == condition_text(condition)


@given(CONDITIONS)
def test_a_conditions_text_is_one_line(condition: Condition) -> None:
    text = condition_text(condition)
    assert "\n" not in text and json.loads(text)


@given(CONDITIONS, COLUMNS)
def test_a_renamed_column_is_named_no_more(condition: Condition, column: str) -> None:
    named, renamed = columns_in(condition), renamed_in(condition, column, "new")
    assert columns_in(renamed) == (named - {column} | {"new"} if column in named else named)
    assert renamed_in(renamed, "new", column) == condition
    assert operators_in(renamed) == operators_in(condition)


def test_a_condition_names_columns_and_operators() -> None:
    assert columns_in(WHOLE) == {"a", "b"}
    assert operators_in(WHOLE) == {"=", "IS NULL", "IN"}
    assert (columns_in(And(())), operators_in(Or(()))) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "{",
        '"a"',
        '{"and": 1}',
        '{"and": [1]}',
        '{"not": []}',
        '{"not": null}',
        '{"column": "a"}',
        '{"column": 1, "op": "="}',
        '{"column": "a", "op": "LIKE", "value": "x"}',
        '{"column": "a", "op": "<>", "value": 1}',
        '{"not":' * 5000 + "0" + "}" * 5000,
    ],
)
def test_another_text_is_no_condition(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        condition_of(text)
