"""Plans that write, and tables to be made: what a request becomes, and what is refused where."""

import json
from typing import Any

import pytest

from backends import types
from backends.errors import Conflict, Invalid, Unsupported
from backends.plan import And, Column, Comparison, Delete, Table, Update
from gateway.planner import (
    plan_delete,
    plan_table,
    plan_update,
    plan_update_each,
    plan_write,
    refuse_differences,
)
from gateway.requests import (
    DefineTable,
    DeleteRecords,
    Selector,
    UpdateEachRecord,
    UpdateRecords,
    WriteRecords,
)
from tests.gateway.people import (
    ALIVE,
    AUDITED,
    BY_ID,
    HERE,
    ID,
    KEYLESS,
    NAME,
    PEOPLE,
    VIEW,
    assert_now,
    places,
)


def test_a_write_tells_its_columns_and_who_makes_it() -> None:
    plan = plan_write(WriteRecords(HERE, b'[{"name":"a","id":1},{"id":2}]'), AUDITED, "ada", 10)
    assert (plan.rows, plan.columns, plan.ragged) == (b'[{"id":1,"name":"a"},{"id":2}]', ("id", "name"), True)
    stamps, restamps = dict(plan.stamps), dict(plan.restamps)
    assert_now(stamps.pop("created_at"))
    assert_now(restamps.pop("updated_at"))
    assert (stamps, restamps) == ({"created_by": "ada"}, {"updated_by": "ada"})


def test_a_table_without_audit_columns_is_not_stamped() -> None:
    plan = plan_write(WriteRecords(HERE, b'[{"id":1}]'), PEOPLE, "ada", 10)
    assert (plan.stamps, plan.restamps) == ((), ())


@pytest.mark.parametrize("on_conflict", ["update", "ignore"])
def test_without_a_key_nothing_is_updated_or_ignored(on_conflict: Any) -> None:
    with pytest.raises(Unsupported, match="no primary key"):
        plan_write(WriteRecords(HERE, b'[{"a":"x"}]', on_conflict=on_conflict), KEYLESS, "ada", 10)


def test_an_update_is_stamped_unless_the_caller_says_otherwise() -> None:
    plan = plan_update(UpdateRecords(HERE, BY_ID, {"name": "x", "updated_by": "eve"}), AUDITED, "ada")
    changes = json.loads(plan.changes)
    assert_now(changes.pop("updated_at"))
    assert changes == {"name": "x", "updated_by": "eve"}
    assert plan.columns == ("name", "updated_at", "updated_by")
    assert plan.where == And((Comparison("id", "=", 1), ALIVE))


def test_a_callers_name_that_does_not_fit_its_column_is_refused() -> None:
    with pytest.raises(Invalid) as error:
        plan_update(UpdateRecords(HERE, BY_ID, {"name": "x"}), AUDITED, "somebody else")
    assert places(error) == [("updated_by",)]


@pytest.mark.parametrize(
    ("selector", "place"),
    [
        (Selector("key_value", Comparison("id", "=", "1")), ("key_value",)),
        (Selector("key_value", Comparison("id", "=", None)), ("key_value",)),
        (Selector("key_value", Comparison("x", "=", 1)), ("key_column",)),
        (Selector("key_value", Comparison("tags", "=", "a")), ("key_value",)),
        (Selector("key_values", Comparison("id", "IN", (1, "2"))), ("key_values", 1)),
        (Selector("key_values", Comparison("id", "IN", (1, None))), ("key_values", 1)),
        (Selector("keys", And((Comparison("id", "=", 1), Comparison("born", "=", "x")))), ("keys", "born")),
        (Selector("keys", And((Comparison("x", "=", 1),))), ("keys",)),
        (Selector("filters", And((Comparison("id", "=", "x"),))), ("filters", 0, "value")),
    ],
)
def test_a_selector_that_does_not_fit_the_table_has_its_place(
    selector: Selector, place: tuple[str | int, ...]
) -> None:
    with pytest.raises(Invalid) as error:
        plan_update(UpdateRecords(HERE, selector, {"name": "x"}), PEOPLE, "ada")
    assert places(error) == [place]
    with pytest.raises(Invalid) as error:
        plan_delete(DeleteRecords(HERE, selector, soft=False), PEOPLE)
    assert places(error) == [place]


@pytest.mark.parametrize(
    ("updates", "place"),
    [
        ({"id": None}, ("updates", "id")),
        ({"nobody": 1}, ("updates", "nobody")),
        ({"initial": "a"}, ("updates", "initial")),
        ({"name": "longer"}, ("updates", "name")),
        ({"tags": ["a", 1]}, ("updates", "tags", 1)),
    ],
)
def test_an_update_that_does_not_fit_the_table_has_its_place(
    updates: dict[str, object], place: tuple[str | int, ...]
) -> None:
    with pytest.raises(Invalid) as error:
        plan_update(UpdateRecords(HERE, BY_ID, updates), PEOPLE, "ada")
    assert places(error) == [place]


def test_updates_by_key_are_told_key_by_key() -> None:
    request = UpdateEachRecord(HERE, "id", ((1, {"name": "a"}), (2, {"name": None, "updated_by": "eve"})), 5)
    plan = plan_update_each(request, AUDITED, "ada")
    assert json.loads(plan.rows) == [
        {"key_value": 1, "updates": {"name": "a"}},
        {"key_value": 2, "updates": {"name": None, "updated_by": "eve"}},
    ]
    assert (plan.columns, plan.where, plan.max_affected) == (("name", "updated_by"), And((ALIVE,)), 5)
    assert [name for name, _ in plan.stamps] == ["updated_at"]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (((1, {"name": "a"}), (1, {"name": "b"})), [("bulk_updates", 1, "key_value")]),
        (
            ((None, {"name": "a"}), (None, {"name": "b"})),
            [("bulk_updates", at, "key_value") for at in (0, 1)],
        ),
        (
            ((1, {"x": 1}), ("2", {"name": 1})),
            [
                ("bulk_updates", 0, "updates", "x"),
                ("bulk_updates", 1, "key_value"),
                ("bulk_updates", 1, "updates", "name"),
            ],
        ),
    ],
)
def test_updates_by_key_that_do_not_fit_have_their_places(
    changes: tuple[tuple[object, dict[str, object]], ...], found: list[tuple[str | int, ...]]
) -> None:
    with pytest.raises(Invalid) as error:
        plan_update_each(UpdateEachRecord(HERE, "id", changes), PEOPLE, "ada")
    assert sorted(places(error), key=str) == sorted(found, key=str)


def test_the_same_key_is_found_however_it_is_written() -> None:
    changes: tuple[tuple[object, dict[str, object]], ...] = (("1.0", {"name": "a"}), (1, {"name": "b"}))
    with pytest.raises(Invalid) as error:
        plan_update_each(UpdateEachRecord(HERE, "worth", changes), PEOPLE, "ada")
    assert places(error) == [("bulk_updates", 1, "key_value")]


def test_a_soft_delete_is_an_update_of_its_mark_alone() -> None:
    plan = plan_delete(DeleteRecords(HERE, BY_ID, max_affected=3), AUDITED)
    assert isinstance(plan, Update)
    assert (plan.columns, plan.max_affected) == (("deleted_at",), 3)
    assert plan.where == And((Comparison("id", "=", 1), ALIVE))
    assert_now(json.loads(plan.changes)["deleted_at"])


def test_a_hard_delete_removes() -> None:
    plan = plan_delete(DeleteRecords(HERE, BY_ID, soft=False, include_deleted=True), AUDITED)
    assert plan == Delete(AUDITED, Comparison("id", "=", 1))


@pytest.mark.parametrize(
    "plan",
    [
        lambda: plan_write(WriteRecords(HERE, b'[{"id":1}]'), VIEW, "ada", 10),
        lambda: plan_update(UpdateRecords(HERE, BY_ID, {"name": "x"}), VIEW, "ada"),
        lambda: plan_update_each(UpdateEachRecord(HERE, "id", ((1, {"name": "x"}),)), VIEW, "ada"),
        lambda: plan_delete(DeleteRecords(HERE, BY_ID, soft=False), VIEW),
    ],
)
def test_a_view_is_never_written(plan: Any) -> None:
    with pytest.raises(Unsupported, match="view"):
        plan()


def test_a_new_table_has_the_audit_columns_it_lacks() -> None:
    asked = DefineTable(HERE, (Column("id", types.Integer(32)), Column("Created_At", types.Date())), ("id",))
    table = plan_table(asked, NAME, "columns")
    assert table.names == ("id", "Created_At", "created_by", "updated_at", "updated_by", "deleted_at")
    assert [column.nullable for column in table.columns][:2] == [False, True]


@pytest.mark.parametrize(
    ("columns", "key", "found"),
    [
        (("a", "b", "A"), (), [("columns", 2, "name")]),
        (("a",), ("b",), [("primary_key", 0)]),
        (("a",), ("A",), [("primary_key", 0)]),
        (("a",), ("a", "a"), [("primary_key", 1)]),
        (("tags",), ("tags",), [("primary_key", 0)]),
    ],
)
def test_a_definition_that_cannot_be_has_its_faults_listed(
    columns: tuple[str, ...], key: tuple[str, ...], found: list[tuple[str | int, ...]]
) -> None:
    made = tuple(
        Column(name, types.Array(types.String()) if name == "tags" else types.String()) for name in columns
    )
    with pytest.raises(Invalid) as error:
        plan_table(DefineTable(HERE, made, key), NAME, "columns")
    assert places(error) == found


@pytest.mark.parametrize(
    "wanted",
    [
        (),
        (ID,),
        (ID, Column("worth", types.Decimal(10, 2), comment="another"), Column("updated_at", types.Date())),
    ],
)
def test_a_table_that_has_what_is_wanted_does_not_differ(wanted: tuple[Column, ...]) -> None:
    refuse_differences(Table(NAME, wanted), PEOPLE, "columns")


@pytest.mark.parametrize(
    ("wanted", "key", "place"),
    [
        (Column("x", types.String()), (), ["columns", 0]),
        (Column("name", types.Varchar(6)), (), ["columns", 0]),
        (Column("name", types.Varchar(5), nullable=False), (), ["columns", 0]),
        (Column("id", types.Integer(32)), (), ["columns", 0]),
        (ID, ("name",), ["primary_key"]),
        (ID, ("id", "name"), ["primary_key"]),
    ],
)
def test_every_difference_of_a_table_is_listed(
    wanted: Column, key: tuple[str, ...], place: list[object]
) -> None:
    with pytest.raises(Conflict) as error:
        refuse_differences(Table(NAME, (wanted,), key), PEOPLE, "columns")
    listed: Any = error.value.details["errors"]
    assert [each["loc"] for each in listed] == [place]
