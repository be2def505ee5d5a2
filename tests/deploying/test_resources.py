"""Resources put among those that others gave an app."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.deploying.resources import merged, name_of
from tests.effort import examples

NAMES = st.sampled_from(["database", "database-2", "sql-warehouse", "store", "other"])


def database(name: str, instance: str, within: str = "databricks_postgres", **extra: Any) -> dict[str, Any]:
    told = {"instance_name": instance, "database_name": within, "permission": "CAN_CONNECT_AND_CREATE"}
    return {"name": name, "database": {**told, **extra}}


def warehouse(name: str, identity: str, permission: str) -> dict[str, Any]:
    return {"name": name, "sql_warehouse": {"id": identity, "permission": permission}}


THEIRS = (
    st.builds(
        database, NAMES, st.sampled_from(["shop", "elsewhere"]), st.sampled_from(["databricks_postgres", "a"])
    )
    | st.builds(database, NAMES, st.just("shop"), unknown=st.just(1))
    | st.builds(warehouse, NAMES, st.sampled_from(["abc", "def"]), st.sampled_from(["CAN_USE", "CAN_MANAGE"]))
    | st.builds(lambda name: {"name": name, "secret": {"scope": "s", "key": "k"}}, NAMES)
)
THERE = st.lists(THEIRS, max_size=4, unique_by=lambda found: str(found["name"])).map(tuple)
OURS = (database("database", "shop"), warehouse("sql-warehouse", "abc", "CAN_USE"))


@settings(max_examples=examples(200))
@given(THERE)
@example((database("database", "elsewhere"), database("main", "elsewhere", "a")))
@example((database("reports", "shop", "analytics"), database("store", "shop")))
@example((warehouse("wh", "abc", "CAN_MANAGE"), {"name": "sql-warehouse", "secret": {"scope": "s"}}))
def test_ours_are_there_once_ours_first_and_all_of_theirs_stay(there: tuple[Any, ...]) -> None:
    found = merged(there, OURS)
    assert merged(found, OURS) == found
    names = {each["name"]: each for each in found}
    assert len(names) == len(found)
    assert all(
        names[each["name"]] == each for each in there
    )  # to the last field, and whatever they are called
    assert len(found) - len(there) <= len(OURS)
    first = next(each for each in found if "database" in each)
    assert (
        first["name"] == name_of(found, OURS[0]) and first["database"].items() >= OURS[0]["database"].items()
    )
    assert names[name_of(found, OURS[1])]["sql_warehouse"]["id"] == "abc"
