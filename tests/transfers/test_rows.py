"""What happens to rows that do not fit, to those that differ, and to those that were not noted."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from backends import errors
from backends.changes import AddColumn, AddForeignKey, DropTable
from backends.plan import TableName
from backends.structure import ForeignKey
from gateway.service import Gateway
from gateway.transfers import Asked, Runner, comparing
from gateway.transfers.loading import Loader, prepare
from gateway.transfers.verifying import Differs, verify
from tests.environments import Environment
from tests.structures.changing import column, table
from tests.transfers.moving import Row, Side, Sides
from tests.waiting import wait_until

NOTES = table(TableName("", "", "notes"), column("id", "INT"), column("text", "STRING"))
SHORT = table(TableName("", "", "notes"), column("id", "INT"), column("text", "VARCHAR(5)", nullable=False))
BAG = table(TableName("", "", "bag"), column("n", "INT"), column("t", "STRING"), key=())
ROWS: list[Row] = [
    {"id": 1, "text": "one"},
    {"id": 2, "text": "thirteen"},
    {"id": 3, "text": None},
    {"id": 4, "text": "4"},
]


def texts(count: int) -> list[Row]:
    """So many notes."""
    return [{"id": at, "text": f"text {at}"} for at in range(count)]


def with_chunks(sides: Sides, size: int) -> Sides:
    """The same with chunks of about so many bytes."""
    transfers = replace(sides.gateway.transfers, size=size)
    return replace(sides, gateway=replace(sides.gateway, transfers=transfers))


def behind_the_gateway(environment: Environment, statement: str) -> None:
    """What another program does to the file that is the source."""
    file = Path(environment["CONNECTION_SQLITE__GATEWAY_SQLITE_DIR"]) / "main.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)


def begun(sides: Sides, mode: str, *tables: str) -> Runner:
    """A transfer that was begun, and does not run."""
    return sides.gateway.transfers.begin(sides.asked(mode, *tables), "test")  # type: ignore[arg-type]


def test_a_row_that_does_not_fit_stops_before_anything_is_written(sides: Sides) -> None:
    sides.source.make(NOTES, ROWS)
    sides.target.make(SHORT)
    kept, (found,) = sides.moved("append")
    assert (kept.state, found.state) == ("failed", "failed")
    assert found.error is not None
    told = found.error["details"]
    assert isinstance(told, dict)
    assert (told["table"], told["key"], told["column"]) == ("notes", {"id": 2}, "text")
    assert "VARCHAR(5)" in str(told["reason"])
    assert sides.target.rows("notes") == []


def test_rows_that_do_not_fit_are_put_aside(sides: Sides, rejects: Path) -> None:
    sides.source.make(NOTES, ROWS)
    sides.target.make(SHORT)
    kept, (found,) = sides.moved("append", on_error="skip")
    assert (kept.state, found.rows, found.rejected) == ("done", 2, 2)
    assert [json.loads(row)["id"] for row in sides.target.rows("notes")] == [1, 4]
    lines = [json.loads(line) for line in (rejects / f"{kept.id}.0.notes.ndjson").read_text().splitlines()]
    assert [(line["key"], line["column"], line["row"]["text"]) for line in lines] == [
        ({"id": 2}, "text", "thirteen"),
        ({"id": 3}, "text", None),
    ]
    listed = found.report["rejects"]
    assert isinstance(listed, list)
    assert [each["key"] for each in listed] == [{"id": 2}, {"id": 3}]


@pytest.mark.parametrize("mode", ["create", "append", "sync"])
def test_what_cannot_be_read_is_put_aside(
    mode: str, gateway: Gateway, environment: Environment, rejects: Path
) -> None:
    both = Sides.new(gateway, "sqlite", "lakebase-autoscaling")
    both.source.make(table(TableName("", "", "dirty"), column("id", "INT"), column("n", "INT")))
    both.source.write("dirty", [{"id": at, "n": at} for at in range(5000)])
    behind_the_gateway(
        environment, f"""UPDATE "{both.source.schema}.dirty" SET n = 'many' WHERE id IN (7, 8, 4999)"""
    )
    if mode != "create":
        both.target.make(table(TableName("", "", "dirty"), column("id", "INT"), column("n", "INT")))

    kept, (found,) = both.moved(mode)  # type: ignore[arg-type]
    assert kept.state == "failed"
    assert found.error is not None
    assert "id 7" in str(found.error["message"])
    assert [row for name in both.target.tables() if name == "dirty" for row in both.target.rows(name)] == []
    kept, (found,) = both.moved(mode, on_error="skip")  # type: ignore[arg-type]
    assert (kept.state, found.rows, found.rejected) == ("done", 4997, 3), (kept.error, found.error)
    lines = [json.loads(line) for line in (rejects / f"{kept.id}.0.dirty.ndjson").read_text().splitlines()]
    assert [(line["key"], line["column"]) for line in lines] == [({"id": at}, "n") for at in (7, 8, 4999)]


def test_what_differs_is_told_by_rows_and_columns(sides: Sides) -> None:
    rows = texts(40)
    sides.source.make(NOTES, rows)
    sides.target.make(NOTES)
    sides = with_chunks(sides, 200)
    runner = begun(sides, "append")
    runner.run()
    (hand,) = runner.hands
    sides.source.write("notes", [{"id": 40, "text": "more"}])
    sides.source.clear("notes")
    changed = [{**row, "text": "other"} if row["id"] == 21 else row for row in rows if row["id"] != 5]
    sides.source.write("notes", [*changed, {"id": 99, "text": "only here"}])
    with pytest.raises(Differs):
        verify(hand)
    found = hand.progress.report
    differing = [row for each in found["differing_ranges"] for row in each["rows"]]  # type: ignore[attr-defined]
    assert {"key": {"id": 21}, "columns": ("text",)} in differing
    assert {"key": {"id": 99}, "missing_in": "target"} in differing
    assert found["source"]["rows"] == 40  # type: ignore[index]


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("mode", ["append", "replace"])
def test_a_chunk_that_was_sent_and_not_noted_is_written_once(sides: Sides, mode: str, written: bool) -> None:
    """As when the process dies between a chunk and its note, where they are not one transaction."""
    sides.source.make(NOTES, texts(300))
    bag = [{"n": at % 3, "t": "x"} for at in range(300)]
    sides.target.make(NOTES)
    sides.source.make(BAG, bag)
    sides.target.make(BAG, bag[:10])
    sides = with_chunks(sides, 1000)
    runner = begun(sides, mode, "notes", "bag")
    for hand in runner.hands:
        prepare(hand)
        checkpoint = hand.checkpoints.find(hand.move.position)
        assert checkpoint is not None
        page = next(hand.source_pages(hand.target_table()).after(None))
        if written:
            Loader(hand)._write(page, checkpoint)
        hand.checkpoints.forget(hand.move.position)
        hand.checkpoints.begin(replace(checkpoint, sending=page.read))  # and is not noted any more
    runner.run()
    kept, tables_ = sides.gateway.transfers.find(runner.transfer)
    assert kept.state == "done", [(each.error, each.report) for each in tables_]
    assert sides.target.rows("notes") == sides.source.rows("notes")
    if mode == "replace":
        assert sides.target.rows("bag") == sides.source.rows("bag")
    else:
        assert len(sides.target.rows("bag")) == 310


def test_who_was_taken_over_from_writes_no_more(sides: Sides) -> None:
    sides.source.make(NOTES, texts(300))
    sides.target.make(NOTES)
    sides = with_chunks(sides, 1000)
    transfers = sides.gateway.transfers
    first = begun(sides, "append")
    prepare(first.hands[0])
    first.leave()
    second = transfers.resume(first.transfer, "test")
    prepare(second.hands[0])
    first.stop.clear()
    first.run()
    assert sides.target.rows("notes") == []
    with pytest.raises(errors.Conflict):
        transfers.resume(first.transfer, "test")
    second.run()
    assert transfers.find(first.transfer)[0].state == "done"
    assert sides.target.rows("notes") == sides.source.rows("notes")


def test_a_cancelled_transfer_goes_on_or_is_discarded(sides: Sides) -> None:
    sides.source.make(NOTES, texts(2000))
    sides.target.make(NOTES, ROWS[:1])
    sides = with_chunks(sides, 500)
    transfers = sides.gateway.transfers
    runner = begun(sides, "replace")
    transfers.start(runner)
    wait_until(lambda: runner.tables[0].rows > 0)
    transfers.cancel(runner.transfer)
    assert runner.ended.wait(60)
    kept, (found,) = transfers.find(runner.transfer)
    assert kept.state == "cancelled"
    assert 0 < found.rows < 2000
    assert len(sides.target.rows("notes")) == 1

    transfers.discard(runner.transfer)
    assert sides.target.tables() == ["notes"]
    with pytest.raises(errors.NotFound):
        transfers.find(runner.transfer)

    again = begun(sides, "replace")
    again.stop.set()
    again.run()
    assert transfers.find(again.transfer)[0].state == "cancelled"
    transfers.resume(again.transfer, "test").run()
    assert sides.target.rows("notes") == sides.source.rows("notes")
    with pytest.raises(errors.Conflict):
        transfers.resume(again.transfer, "test")


def test_a_table_that_is_gone_at_the_source_fails_alone(sides: Sides) -> None:
    sides.source.make(NOTES, ROWS)
    sides.source.make(BAG, [{"n": 1, "t": "x"}])
    runner = begun(sides, "create")
    sides.source.change(DropTable(sides.source.at("bag")), sides.source.structure("bag"))
    runner.run()
    kept, tables = sides.gateway.transfers.find(runner.transfer)
    assert kept.state == "failed"
    assert {each.name: each.state for each in tables} == {"bag": "failed", "notes": "verified"}
    assert "notes" not in sides.target.tables()
    sides.source.make(BAG, [{"n": 2, "t": "y"}])
    sides.gateway.transfers.resume(runner.transfer, "test").run()
    assert sides.target.rows("bag") == sides.source.rows("bag")
    assert sides.target.tables() == ["bag", "notes"]


def test_many_rows_that_only_the_target_has_are_removed(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "MOST_EXTRA", 100)
    sides.source.make(NOTES, texts(3))
    sides.target.make(NOTES, texts(1000))
    sides.move("sync")
    assert sides.target.rows("notes") == sides.source.rows("notes")


def test_a_key_that_is_taken_is_not_passed_over_when_it_is_tried_again(sides: Sides) -> None:
    sides.source.make(NOTES, texts(3))
    sides.target.make(NOTES, [{"id": 2, "text": "mine"}])
    kept, _ = sides.moved("append")
    assert kept.state == "failed"
    sides.gateway.transfers.resume(kept.id, "test").run()
    kept, (found,) = sides.gateway.transfers.find(kept.id)
    assert (kept.state, found.error and found.error["type"]) == ("failed", "Conflict")
    assert [json.loads(row) for row in sides.target.rows("notes")] == [{"id": 2, "text": "mine"}]


def test_rows_go_into_a_table_with_another_key_or_none(sides: Sides) -> None:
    sides.source.make(NOTES, texts(300))
    sides.target.make(replace(NOTES, table=replace(NOTES.table, primary_key=())))
    sides = with_chunks(sides, 1000)
    runner = begun(sides, "append")
    sides.gateway.transfers.start(runner)
    wait_until(lambda: runner.tables[0].rows > 0)
    runner.stop.set()
    assert runner.ended.wait(60)
    if sides.gateway.transfers.find(runner.transfer)[0].state != "done":
        sides.gateway.transfers.resume(runner.transfer, "test").run()
    assert sorted(sides.target.rows("notes")) == sorted(sides.source.rows("notes"))


def test_a_sync_leaves_what_does_not_fit_as_it_was(sides: Sides) -> None:
    sides.source.make(NOTES, ROWS)
    sides.target.make(SHORT, [{"id": 2, "text": "old"}, {"id": 9, "text": "gone"}])
    kept, (found,) = sides.moved("sync", on_error="skip")
    assert (kept.state, found.rejected) == ("done", 2)
    assert [json.loads(row)["id"] for row in sides.target.rows("notes")] == [1, 2, 4]


def test_a_sync_that_differed_is_done_anew(sides: Sides) -> None:
    sides.source.make(NOTES, texts(20))
    sides.target.make(NOTES)
    runner = begun(sides, "sync")
    (hand,) = runner.hands
    runner._load(hand)
    sides.target.write("notes", [{"id": 77, "text": "somebody else's"}])
    runner.run()
    assert sides.gateway.transfers.find(runner.transfer)[0].state == "failed"
    sides.gateway.transfers.resume(runner.transfer, "test").run()
    assert sides.gateway.transfers.find(runner.transfer)[0].state == "done"
    assert sides.target.rows("notes") == sides.source.rows("notes")


def test_tables_keep_their_places_whatever_points_where_by_then(sides: Sides) -> None:
    one = table(TableName("", "", "a1"), column("id", "INT"), column("x", "INT"))
    sides.source.make(one, [{"id": 1, "x": 111}])
    sides.source.make(
        replace(one, table=replace(one.table, name=TableName("", "", "b1"))), [{"id": 1, "x": 222}]
    )
    runner = begun(sides, "create")
    for hand in runner.hands:
        runner._load(hand)
    runner.leave()
    key = ForeignKey("later", ("id",), sides.source.at("b1"), ("id",))
    before = sides.source.structure("a1")
    sides.source.change(AddForeignKey(sides.source.at("a1"), key), before)
    sides.gateway.transfers.resume(runner.transfer, "test").run()
    assert sides.gateway.transfers.find(runner.transfer)[0].state == "done"
    assert sides.target.rows("a1") == ['{"id":1,"x":111}']
    assert sides.target.rows("b1") == ['{"id":1,"x":222}']


def test_what_changed_at_the_source_is_loaded_anew(sides: Sides) -> None:
    sides.source.make(NOTES, texts(10))
    runner = begun(sides, "create")
    runner._load(runner.hands[0])
    runner.leave()
    sides.source.change(
        AddColumn(sides.source.at("notes"), column("more", "INT")), sides.source.structure("notes")
    )
    sides.gateway.transfers.resume(runner.transfer, "test").run()
    assert sides.gateway.transfers.find(runner.transfer)[0].state == "done"
    assert sides.target.rows("notes") == sides.source.rows("notes")


def test_what_cannot_be_meant_is_refused_before_anything_is_made(sides: Sides) -> None:
    sides.source.make(NOTES, ROWS)
    with pytest.raises(errors.Invalid, match="same schema"):
        sides.gateway.transfers.begin(
            Asked(
                sides.source.name, sides.source.name, "create", (), sides.source.schema, sides.source.schema
            ),
            "test",
        )
    sides.target.make(replace(NOTES, table=replace(NOTES.table, name=TableName("", "", "Notes"))))
    with pytest.raises(errors.Conflict, match="case"):
        sides.moved("create")
    other = Side.new(sides.gateway, sides.target.name.replace("_", "-"))
    with pytest.raises(errors.NotFound):
        replace(sides, target=other).moved("append")


def test_what_is_not_written_as_the_gateway_does_arrives_all_the_same(
    gateway: Gateway, environment: Environment
) -> None:
    both = Sides.new(gateway, "sqlite", "lakebase-autoscaling")
    both.source.make(table(TableName("", "", "prices"), column("id", "INT"), column("price", "DECIMAL(9,2)")))
    both.source.write("prices", [{"id": at, "price": at} for at in range(10)])
    behind_the_gateway(environment, f"""UPDATE "{both.source.schema}.prices" SET price = '5' WHERE id = 5""")
    both.move("create")
    assert '{"id":5,"price":5.00}' in both.target.rows("prices")
