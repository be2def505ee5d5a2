"""Any valid value of each type is read back as it was written."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client import Client, new_name
from tests.contract.models import KINDS, NULL, SCALARS, Sent, Shortest
from tests.effort import examples
from tests.environments import ONE_EACH

pytestmark = pytest.mark.parametrize("site", ONE_EACH, indirect=True, scope="session")


def read_back(client: Client, table: str, values: list[Sent]) -> list[Any]:
    """What becomes of `values` in an emptied table."""
    client.delete(table, filters=[{"column": "id", "op": ">=", "value": 0}], soft=False)
    rows = ", ".join(f'{{"id": {at}, "v": {value.text}}}' for at, value in enumerate(values))
    answer = client.send("POST", "/api/v1/records/write", f'{{"table": "{table}", "data": [{rows}]}}')
    assert answer.status == 201, answer
    return [row["v"] for row in client.read(table, columns=["v"]).exact_rows]


@pytest.mark.parametrize("type_", SCALARS)
def test_any_value_of_a_type_comes_back(client: Client, type_: str) -> None:
    table = client.create(new_name(), {"id": "INT", "v": type_})

    @settings(max_examples=examples(15))
    @given(st.lists(SCALARS[type_] | NULL, min_size=1, max_size=30))
    def comes_back(values: list[Sent]) -> None:
        assert [value.expected for value in values] == read_back(client, table, values)

    comes_back()


def test_any_value_of_any_nested_type_comes_back(client: Client) -> None:
    @settings(max_examples=examples(25))
    @given(st.data())
    def comes_back(data: st.DataObject) -> None:
        type_, strategy = data.draw(KINDS)
        values = data.draw(st.lists(strategy | NULL, min_size=1, max_size=5))
        table = client.create(new_name(), {"id": "INT", "v": type_})
        assert [value.expected for value in values] == read_back(client, table, values)
        client.send("DELETE", client.path(table))

    comes_back()


def meant(value: Sent) -> object:
    """What two values of one type must share to be equal."""
    return value.expected.value if isinstance(value.expected, Shortest) else value.expected


@pytest.mark.parametrize("type_", SCALARS)
def test_any_value_is_found_by_itself(client: Client, type_: str) -> None:
    table = client.create(new_name(), {"id": "INT", "v": type_})

    @settings(max_examples=examples(6))
    @given(st.lists(SCALARS[type_], min_size=1, max_size=5))
    def is_found(values: list[Sent]) -> None:
        read_back(client, table, values)
        for value in values:
            body = f'{{"table": {json.dumps(table)}, "filters": [{{"column": "v", "value": {value.text}}}]}}'
            rows = client.send("POST", "/api/v1/records/read", body).rows
            same = [at for at, other in enumerate(values) if meant(other) == meant(value)]
            assert [row["id"] for row in rows] == same

    is_found()
