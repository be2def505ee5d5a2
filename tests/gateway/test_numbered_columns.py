"""Columns that a revision lets the database number: as every database can, and written from a table."""

from typing import Literal

import pytest

from backends import errors, types
from backends.plan import Column, Table, TableName
from backends.structure import Constant, Identity, Structure
from gateway.migrations.drafting import draft
from gateway.migrations.ops import Operations

T = TableName("main", "main", "t")


@pytest.fixture
def op() -> Operations:
    return Operations("sqlite", "main", "main")


def test_it_is_noted_with_its_table(op: Operations) -> None:
    op.create_table("t", op.column("id", "BIGINT", identity=True), primary_key=["id"])
    assert "identity=Identity(column='id', next=1)" in op.noted[0].words


@pytest.mark.parametrize(
    ("type_", "default"), [("INT", None), ("STRING", None), ("DECIMAL(20,0)", None), ("BIGINT", 1)]
)
def test_not_every_database_numbers_such_a_column(op: Operations, type_: str, default: object) -> None:
    with pytest.raises(errors.Invalid, match="BIGINT, with no default"):
        op.column("id", type_, default=default, identity=True)


@pytest.mark.parametrize("key", [(), ("n",), ("id", "n")])
def test_it_is_the_whole_key(op: Operations, key: tuple[str, ...]) -> None:
    columns = op.column("id", "BIGINT", identity=True), op.column("n", "INT")
    with pytest.raises(errors.Invalid, match="primary key, alone"):
        op.create_table("t", *columns, primary_key=key)


def test_a_table_has_one(op: Operations) -> None:
    columns = op.column("id", "BIGINT", identity=True), op.column("no", "BIGINT", identity=True)
    with pytest.raises(errors.Invalid, match='"no"'):
        op.create_table("t", *columns, primary_key=["id"])


def test_it_is_not_added_later(op: Operations) -> None:
    with pytest.raises(errors.Invalid, match="new table"):
        op.add_column("t", op.column("id", "BIGINT", identity=True))


def drafted(bits: Literal[32, 64], key: tuple[str, ...]) -> str:
    columns = (
        Column("id", types.Integer(bits), nullable=False),
        Column("n", types.Integer(32), nullable=False),
    )
    table = Structure(Table(T, columns, key), defaults={"n": Constant(1)}, identity=Identity("id", 9))
    return draft(table, ("main", "main"))[0]


def test_it_is_written_from_a_table() -> None:
    text = drafted(64, ("id",))
    assert 'op.column("id", "BIGINT", identity=True),' in text
    assert "left out" not in text


@pytest.mark.parametrize(("bits", "key"), [(32, ("id",)), (64, ("id", "n")), (64, ())])
def test_one_that_not_every_database_numbers_is_left_out(bits: Literal[32, 64], key: tuple[str, ...]) -> None:
    text = drafted(bits, key)
    assert '# left out: the column "id" is numbered by the database' in text
    assert "identity=True" not in text
