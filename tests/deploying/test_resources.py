"""Resources put among those that others gave an app."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deploying.resources import merged
from tests.effort import examples

NAMES = st.sampled_from(["database", "sql-warehouse", "store", "other"])
DATABASES = st.builds(
    lambda name, instance, extra: {"name": name, "database": {"instance_name": instance, **extra}},
    NAMES,
    st.sampled_from(["shop", "elsewhere"]),
    st.sampled_from([{}, {"permission": "OLD"}, {"unknown": 1}]),
)
SECRETS = st.builds(lambda name: {"name": name, "secret": {"scope": "s", "key": "k"}}, NAMES)
THERE = st.lists(DATABASES | SECRETS, max_size=4, unique_by=lambda found: str(found["name"])).map(tuple)
OURS: dict[str, Any] = {"name": "database", "database": {"instance_name": "shop", "permission": "NEW"}}


@settings(max_examples=examples(200))
@given(THERE)
def test_ours_is_there_once_theirs_stay_and_nothing_changes_the_second_time(there: tuple[Any, ...]) -> None:
    found = merged(there, (OURS,))
    assert merged(found, (OURS,)) == found
    assert len({each["name"] for each in found}) == len(found)
    ours = [each for each in found if each.get("database", {}).get("permission") == "NEW"]
    assert len(ours) == 1 and ours[0]["database"]["instance_name"] == "shop"
    changed = {ours[0]["name"]}
    assert [each for each in there if each["name"] not in changed] == [
        each for each in found if each["name"] not in changed
    ]
