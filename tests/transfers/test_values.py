"""Every value of every type arrives as it was, whatever the key is and however small the chunks are."""

import json
from dataclasses import replace

import pytest

from gateway.service import Gateway
from tests.transfers import generated
from tests.transfers.conftest import ROUND
from tests.transfers.moving import Sides


@pytest.mark.parametrize("pair", ROUND, ids="-to-".join)
def test_many_rows_of_every_type_arrive(pair: tuple[str, str], gateway: Gateway) -> None:
    both = Sides.new(gateway, *pair)
    both.source.make(generated.structure("generated"))
    for block in generated.blocks():
        both.source.write_json("generated", block)
    (found,) = both.move("create")
    assert found.rows == generated.ROWS
    assert both.target.digest("generated") == both.source.digest("generated")


def test_any_type_may_be_the_key(sides: Sides) -> None:
    small = replace(
        sides, gateway=replace(sides.gateway, transfers=replace(sides.gateway.transfers, size=60))
    )
    for type_ in generated.KEYS:
        made, rows = generated.keyed(type_)
        sides.source.make(made)
        sides.source.write_json(made.table.name.table, rows.encode())
    names = sides.source.tables()
    assert len(names) == len(generated.KEYS)
    assert [each.rows for each in small.move("create")] == [
        len(sides.source.rows(each.name)) for each in small.moved("sync")[1]
    ]
    for name in names:
        assert sides.target.rows(name) == sides.source.rows(name)

    for name in names:  # some rows go, and some change
        for row in [json.loads(each) for each in sides.target.rows(name)][::2]:
            sides.target.remove(name, row["n"])
        sides.target.renumber(name, 10)
    small.move("sync")
    for name in names:
        assert sides.target.rows(name) == sides.source.rows(name)
