"""A transfer whose process is killed again and again, and gone on with: it ends as one that was not."""

import os
import random
import re
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from backends.plan import TableName
from backends.structure import Constant, ForeignKey, Index
from gateway.service import Gateway
from tests.effort import examples
from tests.environments import Environment
from tests.gateway_process import PROJECT
from tests.structures.changing import check, column, table
from tests.transfers import generated
from tests.transfers.conftest import ROUND
from tests.transfers.moving import Side, Sides

KILLS = examples(4)
ROWS = 6_000 * KILLS  # more than are moved between two starts of so many
CHUNK_BYTES = 64 * 1024
LATEST_SECONDS = 4.0  # after a start, for a kill
NOWHERE = TableName("", "", "")


def fill(source: Side) -> None:
    """Three tables: one that is large, one that points at it, and one without a key."""
    source.make(generated.structure("large"))
    for block in generated.blocks(ROWS):
        source.write_json("large", block)
    small = table(replace(NOWHERE, table="small"), column("id", "INT"), column("large", "BIGINT"))
    small = replace(
        small,
        comment="few",
        defaults={"large": Constant(-ROWS)},
        checks=(check("positive", "id", ">=", 0),),
        indexes=(Index("by_large", ("large",)),),
        foreign_keys=(ForeignKey("to_large", ("large",), replace(NOWHERE, table="large"), ("id",)),),
    )
    source.make(small, [{"id": at, "large": at * 30 - ROWS} for at in range(1000)])
    bag = table(replace(NOWHERE, table="bag"), column("n", "INT"), column("t", "STRING"), key=())
    source.make(bag, [{"n": at % 7, "t": f"{at % 3} " * 40} for at in range(5000)])


def command(environment: Environment, *args: str) -> subprocess.Popen[bytes]:
    """A command of the gateway, begun."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "gateway", *args],
        cwd=PROJECT,
        env={**kept, **environment, "GATEWAY_TRANSFER_BYTES": str(CHUNK_BYTES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.parametrize("pair", ROUND, ids="-to-".join)
def test_killed_at_any_moment_it_comes_to_the_same_end(
    pair: tuple[str, str], gateway: Gateway, environment: Environment
) -> None:
    both = Sides.new(gateway, *pair)
    transfers = gateway.transfers.passing()  # which takes over nothing
    source, target = both.source, both.target
    fill(source)
    target.make(generated.structure("large"))  # which is replaced, and pointed at by one that stays
    target.write_json("large", next(generated.blocks(ROWS)))
    stays = table(replace(NOWHERE, table="stays"), column("large", "BIGINT"), key=("large",))
    key = ForeignKey("stays_to_large", ("large",), replace(NOWHERE, table="large"), ("id",))
    target.make(replace(stays, foreign_keys=(key,)), [{"large": -ROWS}])
    before = {name: source.digest(name) for name in source.tables()}

    schemas = ("--schema", source.schema, "--to-schema", target.schema)
    ways = ("--from", source.name, "--to", target.name, "--mode", "replace")
    begin, asked = ("transfer", *ways, *schemas), both.asked("replace")
    chance = random.Random(7)
    transfer: str | None = None
    for kills in range(KILLS):
        running = command(environment, *(("transfers", "resume", transfer) if transfer else begin))
        time.sleep(chance.uniform(0.8, LATEST_SECONDS))
        running.kill()
        running.communicate()
        found = [each for each in transfers.all() if each.asked == asked]
        transfer = found[0].id if found else None
        assert {name: source.digest(name) for name in source.tables()} == before
        if found and found[0].state == "done":
            assert kills >= KILLS // 2  # else the table is too small for this machine
            break
    last = command(environment, *(("transfers", "resume", transfer) if transfer else begin))
    told = last.communicate(timeout=300)[0].decode()
    assert last.returncode == 0 or re.search("is done", told), told

    kept, tables = transfers.find(transfer or transfers.all()[0].id)
    assert (kept.state, [each.state for each in tables]) == ("done", ["done"] * 3)
    assert {name: target.digest(name) for name in before} == before
    assert target.tables() == ["bag", "large", "small", "stays"]
    for name in before:
        assert target.made_of(name) == source.made_of(name)
    assert [key.name for key in target.structure("stays").foreign_keys] == ["stays_to_large"]
