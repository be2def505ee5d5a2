"""Conditions as clients write them: what each becomes, and what is refused where."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.errors import Invalid
from backends.plan import And, Comparison, Condition, Not, Operator, Or, Value
from gateway.conditions import MAX_CONDITIONS, MAX_DEPTH, OPERATORS, conditions

A = {"column": "a", "value": 1}
IS_A = Comparison("a", "=", 1)

COMPARISONS = st.builds(
    Comparison, st.sampled_from("abc"), st.sampled_from(["=", "<", ">="]), st.integers() | st.text()
)
TREES: st.SearchStrategy[Condition] = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Or(tuple(parts))),
        st.builds(Not, inner),
    ),
    max_leaves=8,
)


def written(condition: Condition) -> dict[str, Any]:
    """A condition as a client writes it."""
    match condition:
        case Comparison(column, op, value):
            return {"column": column, "op": op, "value": value}
        case And(parts):
            return {"and": [written(part) for part in parts]}
        case Or(parts):
            return {"or": [written(part) for part in parts]}
        case Not(part):
            return {"not": written(part)}


def places(value: object) -> list[tuple[str | int, ...]]:
    """Where a list of conditions is refused."""
    with pytest.raises(Invalid) as refusal:
        conditions(value)
    return [fault.loc for fault in refusal.value.faults]


def nested(levels: int) -> object:
    """A comparison inside so many other conditions, itself not counted."""
    found: object = A
    for _ in range(levels):
        found = {"not": found}
    return found


@given(st.lists(TREES, max_size=4))
def test_a_tree_is_read_as_it_is_written(parts: list[Condition]) -> None:
    assert conditions([written(part) for part in parts]) == And(tuple(parts))


def test_equality_is_meant_unless_told_otherwise() -> None:
    assert conditions([A]) == And((IS_A,))


@pytest.mark.parametrize(
    "op", [op for op in OPERATORS if op not in ("IN", "NOT IN", "BETWEEN", "IS NULL", "IS NOT NULL")]
)
@pytest.mark.parametrize(
    "spell", [str.lower, str.title, lambda op: f" {op} ", lambda op: op.replace(" ", "  \n")]
)
def test_an_operator_may_be_in_any_case_and_spacing(op: str, spell: Any) -> None:
    assert conditions([{"column": "a", "op": spell(op), "value": 1}]) == And(
        (Comparison("a", OPERATORS[op], 1),)
    )


def test_there_are_two_signs_for_unequal() -> None:
    assert conditions([{**A, "op": "<>"}]) == conditions([{**A, "op": "!="}])


@pytest.mark.parametrize("op", ["IN", "NOT IN"])
@pytest.mark.parametrize("values", [[], [1], [1, "a", 1]])
def test_a_list_is_kept_in_its_order(op: Operator, values: list[Value]) -> None:
    asked = {"column": "a", "op": op, "value": values}
    assert conditions([asked]) == And((Comparison("a", op, tuple(values)),))


def test_between_takes_a_pair() -> None:
    assert conditions([{"column": "a", "op": "between", "value": [1, 2]}]) == And(
        (Comparison("a", "BETWEEN", (1, 2)),)
    )


@pytest.mark.parametrize("op", ["is null", "IS NOT NULL"])
@pytest.mark.parametrize("value", [{}, {"value": None}])
def test_null_needs_no_value(op: str, value: dict[str, None]) -> None:
    assert conditions([{"column": "a", "op": op, **value}]) == And((Comparison("a", op.upper()),))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, {}, "a", 1, {"column": "a"}, True])
def test_what_is_no_list_is_refused(value: object) -> None:
    assert places(value) == [()]


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        (None, ()),
        ("a = 1", ()),
        ([], ()),
        ({}, ()),
        ({"value": 1}, ()),
        ({"column": "a", "value": 1, "x": 1}, ()),
        ({"and": [A], "or": [A]}, ()),
        ({"and": [A], "column": "a"}, ()),
        ({"AND": [A]}, ()),
        ({"and": []}, ("and",)),
        ({"or": {}}, ("or",)),
        ({"or": A}, ("or",)),
        ({"not": [A]}, ("not",)),
        ({"not": {"not": None}}, ("not", "not")),
        ({"and": [A, {"or": [A, 7]}]}, ("and", 1, "or", 1)),
        ({"column": "", "value": 1}, ("column",)),
        ({"column": 1, "value": 1}, ("column",)),
        ({"column": None, "value": 1}, ("column",)),
        ({**A, "op": "=="}, ("op",)),
        ({**A, "op": ""}, ("op",)),
        ({**A, "op": None}, ("op",)),
        ({**A, "op": ["="]}, ("op",)),
        ({**A, "op": "; DROP TABLE t"}, ("op",)),
        ({"column": "a"}, ("value",)),
        ({"column": "a", "value": None}, ("value",)),
        ({"column": "a", "op": "!=", "value": None}, ("value",)),
        ({"column": "a", "op": "LIKE", "value": None}, ("value",)),
        ({"column": "a", "op": "IS NULL", "value": False}, ("value",)),
        ({"column": "a", "op": "IN", "value": 1}, ("value",)),
        ({"column": "a", "op": "IN", "value": "abc"}, ("value",)),
        ({"column": "a", "op": "IN"}, ("value",)),
        ({"column": "a", "op": "NOT IN", "value": [1, None]}, ("value", 1)),
        ({"column": "a", "op": "BETWEEN", "value": [1]}, ("value",)),
        ({"column": "a", "op": "BETWEEN", "value": [1, 2, 3]}, ("value",)),
        ({"column": "a", "op": "BETWEEN", "value": [None, 2]}, ("value", 0)),
    ],
)
def test_a_fault_has_its_place(condition: object, place: tuple[str | int, ...]) -> None:
    assert places([A, condition]) == [(1, *place)]


def test_every_fault_is_listed() -> None:
    assert places([{}, A, {"and": [{"column": "a"}, {**A, "op": "x"}]}]) == [
        (0,),
        (2, "and", 0, "value"),
        (2, "and", 1, "op"),
    ]


def test_conditions_are_nested_16_deep_at_most() -> None:
    assert conditions([nested(MAX_DEPTH - 1)])
    assert places([nested(MAX_DEPTH)]) == [(0, *["not"] * MAX_DEPTH)]


def test_there_are_200_conditions_at_most() -> None:
    assert len(conditions([A] * MAX_CONDITIONS).parts) == MAX_CONDITIONS
    assert places([A] * (MAX_CONDITIONS + 1)) == [()]
    assert places([{"or": [A] * MAX_CONDITIONS}]) == [()]
