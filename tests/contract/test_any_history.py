"""Random histories of writes, updates and deletes leave what a model in Python says they leave."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client import Client, Row, new_name
from tests.effort import examples
from tests.environments import ONE_EACH

pytestmark = pytest.mark.parametrize("site", ONE_EACH, indirect=True, scope="session")

COLUMNS = {"id": "INT", "a": "INT", "b": "STRING"}
IDS = st.integers(0, 4)
FIRST = ("write", {"data": [{"id": at, "a": at, "b": "x"} for at in range(4)], "on_conflict": "error"})
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "a": st.none() | st.integers(0, 3),
    "b": st.sampled_from([None, "", "x"]),
}
CHANGES = st.fixed_dictionaries({}, optional=VALUES)
SOME = CHANGES.filter(bool)
ROWS = st.lists(
    st.builds(lambda key, changes: {"id": key, **changes}, IDS, CHANGES),
    min_size=1, max_size=4, unique_by=lambda row: row["id"],
)  # fmt: skip
SELECTORS = st.one_of(
    IDS.map(lambda key: {"key_column": "id", "key_value": key}),
    IDS.map(lambda key: {"keys": {"id": key}}),
    st.lists(IDS, min_size=1, max_size=3).map(lambda keys: {"key_column": "id", "key_values": keys}),
    st.integers(0, 3).map(lambda bound: {"filters": [{"column": "a", "op": ">=", "value": bound}]}),
)
BULK = st.lists(st.tuples(IDS, SOME), min_size=1, max_size=4, unique_by=lambda pair: pair[0])
BOUNDS = st.fixed_dictionaries({}, optional={"max_affected": st.integers(1, 3)})
DELETED = st.fixed_dictionaries({}, optional={"include_deleted": st.booleans()})


@st.composite
def steps(draw: st.DrawFn) -> tuple[str, Row]:
    match draw(st.sampled_from(["write", "update", "bulk", "soft", "hard", "restore"])):
        case "write":
            return "write", {
                "data": draw(ROWS),
                "on_conflict": draw(st.sampled_from(["error", "update", "ignore"])),
            }
        case "update":
            return "update", {**draw(SELECTORS), "updates": draw(SOME), **draw(BOUNDS), **draw(DELETED)}
        case "bulk":
            changes = [{"key_value": key, "updates": updates} for key, updates in draw(BULK)]
            return "update", {"key_column": "id", "bulk_updates": changes, **draw(BOUNDS), **draw(DELETED)}
        case "soft":
            return "delete", {**draw(SELECTORS), **draw(BOUNDS)}
        case "hard":
            return "delete", {**draw(SELECTORS), "soft": False, **draw(BOUNDS), **draw(DELETED)}
    return "update", {**draw(SELECTORS), "updates": {"deleted_at": None}, "include_deleted": True}


@dataclass
class Model:
    """What a table holds: rows by key, and which of them are soft-deleted."""

    rows: dict[int, Row] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)

    def take(self, verb: str, step: Row) -> tuple[int, int | None]:
        """Do one step; the status and the count that the gateway is to answer."""
        if verb == "write":
            return self._write(step["data"], step["on_conflict"])
        each = {change["key_value"]: change["updates"] for change in step.get("bulk_updates", [])}
        keys = [key for key in (each or self._selected(step)) if self._shown(key, step)]
        if not keys and ("key_value" in step or "keys" in step):
            return 404, None
        if len(keys) > step.get("max_affected", len(keys)):
            return 409, None
        for key in keys:
            self._change(key, verb, step, each.get(key) or step.get("updates", {}))
        return 200, len(keys)

    def _write(self, rows: list[Row], on_conflict: str) -> tuple[int, int | None]:
        new = [row for row in rows if row["id"] not in self.rows]
        if on_conflict == "error" and len(new) < len(rows):
            return 409, None
        written = new if on_conflict == "ignore" else rows
        for row in written:
            self.rows[row["id"]] = {"a": None, "b": None, **self.rows.get(row["id"], {}), **row}
        return 201, len(written)

    def _selected(self, step: Row) -> list[int]:
        if "filters" in step:
            bound = step["filters"][0]["value"]
            return [key for key, row in self.rows.items() if row["a"] is not None and row["a"] >= bound]
        return sorted(set(step.get("key_values", []))) or [
            step.get("keys", {"id": step.get("key_value")})["id"]
        ]

    def _shown(self, key: int, step: Row) -> bool:
        return key in self.rows and (key not in self.deleted or step.get("include_deleted", False))

    def _change(self, key: int, verb: str, step: Row, updates: Row) -> None:
        if verb == "delete" and step.get("soft", True):
            self.deleted.add(key)
        elif verb == "delete":
            del self.rows[key]
            self.deleted.discard(key)
        else:
            self.rows[key].update({name: value for name, value in updates.items() if name != "deleted_at"})
            self.deleted -= {key} if "deleted_at" in updates else set()


def test_any_history_leaves_what_it_should(client: Client) -> None:
    table = client.create(new_name(), COLUMNS)

    @settings(max_examples=examples(50))
    @given(st.lists(steps(), min_size=3, max_size=12))
    def leaves(history: list[tuple[str, Row]]) -> None:
        client.delete(
            table, filters=[{"column": "id", "op": ">=", "value": 0}], soft=False, include_deleted=True
        )
        model = Model()
        for verb, step in [FIRST, *history]:
            expected = model.take(verb, step)
            answer = client.post(f"/api/v1/records/{verb}", {"table": table, **step})
            assert (answer.status, answer.body.get("count")) == expected
        rows = client.read(table, columns=[*COLUMNS, "deleted_at"], include_deleted=True).rows
        assert {row["id"] for row in rows if row.pop("deleted_at")} == model.deleted
        assert rows == [{"id": key, "a": row["a"], "b": row["b"]} for key, row in sorted(model.rows.items())]

    leaves()
