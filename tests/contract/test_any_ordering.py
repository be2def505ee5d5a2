"""Random rows, paged by random orderings, come back whole and in the order that Python gives them."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client import Client, Row, new_name
from tests.contract.models import COLUMNS, MODELS, ROWS
from tests.effort import examples
from tests.environments import ONE_EACH

pytestmark = pytest.mark.parametrize("site", ONE_EACH, indirect=True, scope="session")

ORDERINGS = st.dictionaries(st.sampled_from(list(MODELS)), st.booleans(), max_size=4)  # column: descending


def in_order(rows: list[Row], ordering: dict[str, bool]) -> list[int]:
    """The ids of `rows`, sorted: NULLs last ascending, first descending; the key breaks ties."""
    ordered = sorted(rows, key=lambda row: int(row["id"]))
    for column, descending in reversed(ordering.items()):
        ordered.sort(key=partial(_place, column), reverse=descending)
    return [row["id"] for row in ordered]


def _place(column: str, row: Row) -> tuple[bool, Any]:
    value = row.get(column)
    return (True, 0) if value is None else (False, MODELS[column].rank(value))


def test_any_rows_page_whole_in_any_ordering(client: Client) -> None:
    table = client.create(new_name(), COLUMNS)

    @settings(max_examples=examples(50))
    @given(ROWS, ORDERINGS, st.integers(1, 8), st.booleans())
    def page_whole(rows: list[Row], ordering: dict[str, bool], limit: int, short: bool) -> None:
        client.delete(table, filters=[{"column": "id", "op": ">=", "value": 0}], soft=False)
        if rows:
            client.write(table, rows)
        order_by = [
            ("-" if descending else "") + column
            if short
            else {"column": column, "direction": "desc" if descending else "asc"}
            for column, descending in ordering.items()
        ]
        asked = {"order_by": order_by} if order_by else {}
        pages = client.pages(table, columns=["id"], limit=limit, **asked)
        assert [row["id"] for page in pages for row in page] == in_order(rows, ordering)
        assert all(len(page) == limit for page in pages[:-1])

    page_whole()
