"""What a database may be, before anybody is asked for it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.errors import Invalid
from backends.provisioning import AutoscalingSpec, ProvisionedSpec, kind_of, named, spec_of
from tests.effort import examples

PATH = "projects/shop/branches/dev/endpoints/main"


def places(told: dict[str, Any]) -> list[str]:
    """Where the faults of a description are."""
    with pytest.raises(Invalid) as refused:
        spec_of(told)
    return [str(fault.loc[0]) for fault in refused.value.faults]


@pytest.mark.parametrize("name", ["a", "A1", "my-shop", "a" * 63])
def test_a_name_that_can_be(name: str) -> None:
    assert (ProvisionedSpec(name).name, kind_of(name)) == (name, "provisioned")


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "1a", "a" * 64, "a b", "a_b", "a\n", "ä", "a/b", "projects/a"]
)
def test_a_name_that_cannot_be(name: str) -> None:
    assert places({"name": name}) == ["name"]


def test_an_endpoint_is_named_by_its_path_or_its_parts() -> None:
    spec = AutoscalingSpec("shop", "dev", "main", most_cu=4.0)
    assert spec.name == PATH
    assert named(PATH, {"most_cu": 4.0}) == spec
    assert spec_of({"project": "shop", "branch": "dev", "endpoint": "main", "most_cu": 4.0}) == spec
    assert spec_of({"name": PATH, "most_cu": 4.0}) == spec


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({}, ["name"]),
        ({"name": "shop", "project": "shop"}, ["name"]),
        ({"name": "shop", "capacity": "CU_3"}, ["capacity"]),
        ({"name": "shop", "capacity": "cu_1", "retention_days": 1}, ["capacity", "retention_days"]),
        ({"name": "shop", "nodes": 4}, ["nodes"]),
        ({"name": "shop", "nodes": True}, ["nodes"]),
        ({"name": "shop", "nodes": 1.0}, ["nodes"]),
        ({"name": "shop", "least_cu": 1.0, "most_cu": 1.0}, ["least_cu", "most_cu"]),
        ({"project": "shop", "capacity": "CU_1"}, ["capacity"]),
        ({"project": "Shop", "branch": "1", "endpoint": ""}, ["project", "branch", "endpoint"]),
        ({"project": "shop", "least_cu": 0.25}, ["least_cu"]),
        ({"project": "shop", "most_cu": float("nan")}, ["most_cu"]),
        ({"project": "shop", "most_cu": 65}, ["most_cu"]),
        ({"project": "shop", "least_cu": 4, "most_cu": 2}, ["most_cu"]),
        ({"project": "shop", "least_cu": 1, "most_cu": 17.5}, ["most_cu"]),
        ({"project": "shop", "suspend_seconds": 59}, ["suspend_seconds"]),
        ({"project": "shop", "suspend_seconds": 604_801}, ["suspend_seconds"]),
    ],
)  # fmt: skip
def test_each_fault_has_its_place(told: dict[str, Any], wrong: list[str]) -> None:
    assert places(told) == wrong


@settings(max_examples=examples(100))
@given(
    st.floats(0.5, 64),
    st.floats(0, 16),
    st.one_of(st.just(0), st.integers(60, 604_800)),
)
def test_all_within_the_bounds_can_be(least: float, spread: float, seconds: int) -> None:
    most = min(64.0, least + spread)
    if most - least > 16:
        return
    size = {"least_cu": least, "most_cu": most, "suspend_seconds": seconds}
    assert spec_of({"project": "shop", **size}).size == size
