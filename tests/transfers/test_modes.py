"""What becomes of a table in each mode, in each direction."""

import json
from dataclasses import replace

import pytest

from backends import errors
from backends.plan import TableName
from backends.structure import Constant, ForeignKey, Identity, Index, Structure
from gateway.transfers.asked import Mode
from tests.structures.changing import check, column, table
from tests.transfers.moving import Sides

NOWHERE = TableName("", "", "")


def people() -> Structure:
    """A table with something of everything."""
    structure = table(
        replace(NOWHERE, table="people"),
        column("id", "BIGINT"),
        column("name", "VARCHAR(20)", comment="what they are called"),
        column("boss", "BIGINT"),
        column("pay", "DECIMAL(10,2)"),
    )
    return replace(
        structure,
        comment="who works here",
        defaults={"pay": Constant("1.50")},
        checks=(check("paid", "pay", ">", "0.10"),),
        foreign_keys=(ForeignKey("reports_to", ("boss",), replace(NOWHERE, table="people"), ("id",)),),
        indexes=(Index("by_name", ("name",)),),
    )


ROWS = [
    {"id": 1, "name": "Ada", "boss": None, "pay": "10.25"},
    {"id": 2, "name": "Grace", "boss": 1, "pay": None},
    {"id": 7, "name": "ẞ 😀", "boss": 2, "pay": "99999999.99"},
]


def test_a_table_is_created_with_all_it_is_made_of(every_sides: Sides) -> None:
    every_sides.source.make(people(), ROWS)
    (found,) = every_sides.move("create")
    assert every_sides.target.rows("people") == every_sides.source.rows("people")
    assert (found.rows, found.total, found.state) == (3, 3, "done")
    made, wanted = every_sides.target.structure("people"), every_sides.source.structure("people")
    assert made.checks == wanted.checks
    assert made.indexes == wanted.indexes
    assert [key.name for key in made.foreign_keys] == ["reports_to"]
    assert made.comment == wanted.comment
    assert dict(made.defaults) == dict(wanted.defaults)
    assert [(c.name, c.type, c.nullable, c.comment) for c in made.table.columns] == [
        (c.name, c.type, c.nullable, c.comment) for c in wanted.table.columns
    ]
    assert every_sides.target.tables() == ["people"]
    with pytest.raises(errors.Conflict, match="there already"):
        every_sides.moved("create")


def test_rows_are_appended(every_sides: Sides) -> None:
    every_sides.source.make(people(), ROWS[:2])
    every_sides.target.make(people(), [{**ROWS[2], "boss": None}])
    every_sides.move("append")
    assert len(every_sides.target.rows("people")) == 3
    kept, (found,) = every_sides.moved("append")
    assert kept.state == "failed"
    assert found.error is not None
    assert found.error["type"] == "Conflict"
    assert len(every_sides.target.rows("people")) == 3


def test_a_table_is_replaced(every_sides: Sides) -> None:
    every_sides.source.make(people(), ROWS)
    every_sides.target.make(people(), [{"id": 1, "name": "old"}, {"id": 99, "name": "older", "boss": 1}])
    every_sides.move("replace")
    assert every_sides.target.rows("people") == every_sides.source.rows("people")
    assert every_sides.target.structure("people").checks == every_sides.source.structure("people").checks
    assert every_sides.target.tables() == ["people"]


def test_a_table_is_made_the_same(every_sides: Sides) -> None:
    every_sides.source.make(people(), ROWS)
    every_sides.target.make(people(), [{"id": 1, "name": "old"}, {"id": 99, "name": "older", "boss": 1}])
    every_sides.move("sync")
    assert every_sides.target.rows("people") == every_sides.source.rows("people")
    every_sides.move("sync")
    assert every_sides.target.rows("people") == every_sides.source.rows("people")


@pytest.mark.parametrize("mode", ["create", "replace"])
def test_numbers_go_on_where_they_were(every_sides: Sides, mode: Mode) -> None:
    numbered = table(replace(NOWHERE, table="numbered"), column("id", "BIGINT"), column("t", "STRING"))
    every_sides.source.make(replace(numbered, identity=Identity("id", 1000)), [{"id": 3, "t": "three"}])
    every_sides.source.write("numbered", [{"t": "the next"}])
    if mode == "replace":
        every_sides.target.make(replace(numbered, identity=Identity("id", 1)), [{"t": "old"}])
    every_sides.move(mode)
    every_sides.target.write("numbered", [{"t": "last"}])
    rows = [json.loads(row) for row in every_sides.target.rows("numbered")]
    assert [(row["id"], row["t"]) for row in rows] == [(3, "three"), (1000, "the next"), (1001, "last")]


def test_numbers_go_on_beyond_what_was_appended(every_sides: Sides) -> None:
    numbered = table(replace(NOWHERE, table="numbered"), column("id", "BIGINT"), column("t", "STRING"))
    every_sides.source.make(numbered, [{"id": 70, "t": "seventy"}])
    every_sides.target.make(replace(numbered, identity=Identity("id", 1)), [{"t": "one"}])
    every_sides.move("append")
    every_sides.target.write("numbered", [{"t": "last"}])
    assert [json.loads(row)["id"] for row in every_sides.target.rows("numbered")] == [1, 70, 71]
