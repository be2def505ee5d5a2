"""What becomes of a table in each mode, in each direction."""

from dataclasses import replace

import pytest

from backends import errors
from backends.plan import TableName
from backends.structure import Constant, ForeignKey, Index, Structure
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
