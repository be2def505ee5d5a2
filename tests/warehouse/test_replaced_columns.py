"""Columns that others become, while somebody else writes; and the keys that go and come with them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from backends import errors, types
from backends.changes import AddForeignKey, Change, RenameColumn, RenameTable, RetypeColumn
from backends.plan import TableName
from backends.structure import ForeignKey, Structure
from backends.warehouse import WarehouseBackend
from tests.client import new_name
from tests.structures.changing import change, check, column, make, read, run, table, told, write
from tests.warehouse.backends import SCHEMA, backend_on
from tests.warehouse.gateways import CATALOG
from tests.workspace.handle import Workspace, WorkspaceError

BIGINT = types.parse("BIGINT")


@pytest.fixture(scope="module")
def backend(lasting_workspace: Workspace) -> Iterator[WarehouseBackend]:
    lasting_workspace.mend()
    with backend_on(lasting_workspace) as backend:
        yield backend


@pytest.fixture
def made(backend: WarehouseBackend) -> Structure:
    """A table with two rows and a check."""
    columns = [column("id", "INT"), column("n", "INT"), column("day", "DATE"), column("c", "CHAR(3)")]
    structure = table(TableName(CATALOG, SCHEMA, new_name()), *columns)
    made = make(backend, replace(structure, checks=(check("ck", "n", "<", 100),)))
    write(backend, made.table.name, {"id": 1, "n": 1, "c": "a"}, {"id": 2})
    return made


def named(structure: Structure, name: str) -> Structure:
    """Such a table of another name."""
    new = replace(structure.table.name, table=name)
    return replace(structure, table=replace(structure.table, name=new))


def self_pointing(backend: WarehouseBackend, made: Structure) -> Structure:
    """The table with a key that points at its own rows."""
    return change(backend, AddForeignKey(made.table.name, ForeignKey("fk", ("n",), made.table.name, ("id",))))


def is_taken(workspace: Workspace, statement: str) -> bool:
    try:
        workspace.warehouse.sql(statement)
    except WorkspaceError:
        return False
    return True


@pytest.mark.parametrize(("retyped", "type_"), [("n", "BIGINT"), ("id", "BIGINT"), ("c", "CHAR(5)")])
def test_what_others_write_meanwhile_is_kept_or_refused(
    backend: WarehouseBackend, made: Structure, lasting_workspace: Workspace, retyped: str, type_: str
) -> None:
    name, kept = made.table.name, {1: (1, "a"), 2: (None, None)}
    statements = backend.ddl(RetypeColumn(name, retyped, types.parse(type_)), made)
    unguarded = max(at for at, each in enumerate(statements) if "DROP CONSTRAINT IF EXISTS `lakegate" in each)
    for at, statement in enumerate(statements):
        backend.run(CATALOG, statement)
        if at == unguarded:  # until the next has been sent
            continue
        new = 10 + at
        if is_taken(lasting_workspace, f"INSERT INTO {name} (id, n, c) VALUES ({new}, 5, 'x')"):
            kept[new] = (5, "x")
        older = max(kept)
        if is_taken(
            lasting_workspace, f"UPDATE {name} SET id = {new + 100}, n = 6, c = 'y' WHERE id = {older}"
        ):
            del kept[older]
            kept[new + 100] = (6, "y")
    found = {row["id"]: (row["n"], row["c"] and row["c"].strip()) for row in read(backend, name)}
    assert found == kept


@pytest.mark.parametrize("kind", ["rename", "retype"])
def test_a_key_that_others_point_at_stops_it_before_anything_is_done(
    backend: WarehouseBackend, made: Structure, kind: str
) -> None:
    parent = make(backend, named(replace(made, checks=(check("id_ck", "id", ">", 0),)), new_name()))
    pointed = parent.table.name
    run(backend, AddForeignKey(made.table.name, ForeignKey("fk", ("n",), pointed, ("id",))), made)
    asked: Change = (
        RenameColumn(pointed, "id", "no") if kind == "rename" else RetypeColumn(pointed, "id", BIGINT)
    )
    with pytest.raises(errors.Conflict):
        run(backend, asked, parent)
    assert told(backend.structure(pointed)) == told(parent)
    assert write(backend, pointed, {"id": 7}) == 1


def test_a_column_that_the_tables_own_key_points_at(backend: WarehouseBackend, made: Structure) -> None:
    name = self_pointing(backend, made).table.name
    change(backend, RetypeColumn(name, "id", BIGINT), RenameColumn(name, "id", "no"))


def test_a_check_that_is_kept_in_mind_follows_a_type(backend: WarehouseBackend, made: Structure) -> None:
    checks = (check("ck", "day", ">", "2024-01-01"), check("ck2", "n", "IN", (1, 2)))
    name = make(backend, named(replace(made, checks=checks), new_name())).table.name
    change(backend, RetypeColumn(name, "day", types.parse("TIMESTAMP_NTZ")))
    change(backend, RetypeColumn(name, "n", types.parse("DECIMAL(12,2)")))


def test_a_renamed_table_leaves_its_keys_names_to_another(backend: WarehouseBackend, made: Structure) -> None:
    with_key = self_pointing(backend, made)
    change(backend, RenameTable(with_key.table.name, new_name()))
    assert told(make(backend, with_key)) == told(with_key)
