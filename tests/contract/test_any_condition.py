"""Random trees of conditions select the rows that an independent evaluation in Python selects."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client import Client, Row, new_name
from tests.contract.models import COLUMNS, MODELS, ROWS, matches
from tests.effort import examples
from tests.environments import ONE_EACH

pytestmark = pytest.mark.parametrize("site", ONE_EACH, indirect=True, scope="session")

PATTERNS = st.lists(
    st.sampled_from(["a", "A", "b", "\u00e9", "\u00c9", "%", "_", "\\%", "\\_", "\\\\"]), max_size=4
)
COMPARISONS = ["=", "!=", "<>", "<", "<=", ">", ">="]
CASES = st.sampled_from([str.lower, str.upper, str.title])


@st.composite
def comparisons(draw: st.DrawFn) -> Row:
    name = draw(st.sampled_from(list(MODELS)))
    values = MODELS[name].values
    compared = {
        **dict.fromkeys(COMPARISONS, values),
        **dict.fromkeys(["IN", "NOT IN"], st.lists(values, max_size=3)),
        "BETWEEN": st.lists(values, min_size=2, max_size=2),
        **dict.fromkeys(
            ["LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE"] if name == "s" else [], PATTERNS.map("".join)
        ),
    }
    op = draw(st.sampled_from([*compared, "IS NULL", "IS NOT NULL"]))
    value = {"value": draw(compared[op])} if op in compared else {}
    return {"column": name, "op": draw(CASES)(op), **value}


CONDITIONS = st.recursive(
    comparisons(),
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=3).map(lambda some: {"and": some}),
        st.lists(parts, min_size=1, max_size=3).map(lambda some: {"or": some}),
        parts.map(lambda part: {"not": part}),
    ),
    max_leaves=8,
)


def depth(condition: Row) -> int:
    parts = condition.get("and") or condition.get("or") or ([condition["not"]] if "not" in condition else [])
    return 1 + max(map(depth, parts), default=0)


def truth(condition: Row, row: Row) -> bool | None:
    """True, False, or None for what SQL calls unknown."""
    match condition:
        case {"and": parts}:
            return _all([truth(part, row) for part in parts])
        case {"or": parts}:
            return _not(_all([_not(truth(part, row)) for part in parts]))
        case {"not": part}:
            return _not(truth(part, row))
    return _compared(condition["op"].upper(), condition["column"], condition.get("value"), row)


def _all(truths: list[bool | None]) -> bool | None:
    return False if False in truths else None if None in truths else True


def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _compared(op: str, column: str, value: Any, row: Row) -> bool | None:
    stored = row.get(column)
    if op in ("IS NULL", "IS NOT NULL"):
        return (stored is None) == (op == "IS NULL")
    if op in ("IN", "NOT IN") and not value:
        return op == "NOT IN"
    if stored is None:
        return None
    if op.startswith("NOT "):
        return not _compared(op.removeprefix("NOT "), column, value, row)
    if op == "LIKE":
        return matches(stored, value)
    if op == "ILIKE":
        return matches(stored.lower(), value.lower())
    return _ranked(op, MODELS[column].rank, stored, value)


def _ranked(op: str, rank: Any, stored: Any, value: Any) -> bool:
    here = rank(stored)
    match op:
        case "IN":
            return here in [rank(one) for one in value]
        case "BETWEEN":
            return bool(rank(value[0]) <= here <= rank(value[1]))
        case "=":
            return bool(here == rank(value))
        case "!=" | "<>":
            return bool(here != rank(value))
        case "<":
            return bool(here < rank(value))
        case "<=":
            return bool(here <= rank(value))
        case ">":
            return bool(here > rank(value))
    return bool(here >= rank(value))


def test_any_condition_selects_the_rows_it_says(client: Client) -> None:
    table = client.create(new_name(), COLUMNS)

    @settings(max_examples=examples(50))
    @given(
        ROWS.filter(bool), st.lists(CONDITIONS.filter(lambda one: depth(one) < 16), min_size=1, max_size=6)
    )
    def selects(rows: list[Row], conditions: list[Row]) -> None:
        client.delete(table, filters=[{"column": "id", "op": ">=", "value": 0}], soft=False)
        client.write(table, rows)
        for condition in conditions:
            expected = [row["id"] for row in rows if truth(condition, row)]
            assert client.ids(table, filters=[condition]) == expected

    selects()
