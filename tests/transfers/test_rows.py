"""What happens to rows that do not fit, to those that differ, and to those that were not noted."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from backends import errors
from backends.changes import DropTable
from backends.plan import TableName
from gateway.service import Gateway
from gateway.transfers import Runner, comparing
from gateway.transfers.loading import Loader, prepare
from gateway.transfers.verifying import Differs, verify
from tests.environments import Environment
from tests.structures.changing import column, table
from tests.transfers.moving import Row, Sides
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
    lines = [json.loads(line) for line in (rejects / f"{kept.id}.notes.ndjson").read_text().splitlines()]
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
    file = Path(environment["CONNECTION_SQLITE__GATEWAY_SQLITE_DIR"]) / "main.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        name = f'"{both.source.schema}.dirty"'
        connection.execute(f"UPDATE {name} SET n = 'many' WHERE id IN (7, 8, 4999)")
    if mode != "create":
        both.target.make(table(TableName("", "", "dirty"), column("id", "INT"), column("n", "INT")))

    kept, (found,) = both.moved(mode)  # type: ignore[arg-type]
    assert kept.state == "failed"
    assert found.error is not None
    assert "id 7" in str(found.error["message"])
    assert [row for name in both.target.tables() if name == "dirty" for row in both.target.rows(name)] == []
    kept, (found,) = both.moved(mode, on_error="skip")  # type: ignore[arg-type]
    assert (kept.state, found.rows, found.rejected) == ("done", 4997, 3), (kept.error, found.error)
    lines = [json.loads(line) for line in (rejects / f"{kept.id}.dirty.ndjson").read_text().splitlines()]
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


@pytest.mark.parametrize("mode", ["append", "replace", "sync"])
def test_rows_that_were_written_and_not_noted_are_not_written_twice(sides: Sides, mode: str) -> None:
    """As when the process dies between a chunk and its note, where they are not one transaction."""
    sides.source.make(NOTES, texts(300))
    bag = [{"n": at % 3, "t": "x"} for at in range(300)]
    sides.target.make(NOTES)
    tables = ["notes"]
    if mode != "sync":
        sides.source.make(BAG, bag)
        sides.target.make(BAG, bag[:10])
        tables.append("bag")
    sides = with_chunks(sides, 1000)
    runner = begun(sides, mode, *tables)
    for hand in runner.hands:
        prepare(hand)
        loader = Loader(hand, again=False)
        checkpoint = hand.checkpoints.find(hand.move.position)
        assert checkpoint is not None
        page = next(hand.source_pages(hand.target_table()).after(None))
        loader._write(page, checkpoint)
        hand.checkpoints.forget(hand.move.position)
        hand.checkpoints.begin(checkpoint)  # and is not noted any more
    runner.run()
    kept, tables_ = sides.gateway.transfers.find(runner.transfer)
    assert kept.state == "done", [(each.error, each.report) for each in tables_]
    assert sides.target.rows("notes") == sides.source.rows("notes")
    if mode == "replace":
        assert sides.target.rows("bag") == sides.source.rows("bag")
    elif mode == "append":
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
