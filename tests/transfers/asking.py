"""What the tests ask of transfers over HTTP, and tables that take some time to move."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from backends.plan import TableName
from tests.client import Client
from tests.structures.changing import column, table
from tests.transfers.moving import Side

PATH = "/api/v1/transfers"
PATIENCE = 120.0  # seconds
NOWHERE = TableName("", "", "things")

Json = dict[str, Any]


def things(side: Side, count: int) -> list[str]:
    """A table with so many rows of about 1 KB; gives them.

    A thousand are in the first chunk. In chunks of 1024 bytes each takes one of its own in the end.
    """
    side.make(table(NOWHERE, column("id", "BIGINT"), column("name", "STRING")))
    side.write("things", [{"id": at, "name": f"{at:01000d}"} for at in range(count)])
    return side.rows("things")


def between(source: Side, target: Side, mode: str = "create", **others: object) -> Json:
    """The body that asks for all tables of one side to be moved to another."""
    sides = {"from": source.name, "schema": source.schema, "to": target.name, "to_schema": target.schema}
    return {**sides, "mode": mode, **others}


def begun(client: Client, body: Json) -> str:
    """The id of a transfer that has begun."""
    answer = client.post(PATH, body)
    assert answer.status == 202, answer
    transfer: str = answer.body["transfer"]
    assert answer.headers["Location"] == f"{PATH}/{transfer}"
    assert (answer.body["from"], answer.body["to"]) == (body["from"], body["to"])
    return transfer


def progress(client: Client, transfer: str) -> Json:
    """How far it is."""
    answer = client.get(f"{PATH}/{transfer}")
    assert answer.status == 200, answer
    found: Json = answer.body
    return found


def awaited(client: Client, transfer: str, right: Callable[[Json], bool]) -> Json:
    """How far it is, when that is right; it does not end otherwise meanwhile."""
    end = time.monotonic() + PATIENCE
    while not right(found := progress(client, transfer)):
        assert time.monotonic() < end, found
        assert found["state"] in ("running", "cancelling"), found
        time.sleep(0.05)
    return found


def under_way(client: Client, transfer: str) -> Json:
    """How far it is, when some rows of its only table were moved and not all."""

    def right(found: Json) -> bool:
        (table,) = found["tables"]
        return bool(table["rows"] > 1000 and table["rows_per_second"])

    return awaited(client, transfer, right)


def ended(client: Client, transfer: str, *states: str) -> Json:
    """How far it is, when it has come to one of these ends."""
    return awaited(client, transfer, lambda found: found["state"] in (states or ("done",)))


def keys_of(found: Iterable[Json], name: str) -> list[object]:
    """What each has under a name."""
    return [each[name] for each in found]
