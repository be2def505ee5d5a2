"""What only Postgres has: constraints that hold a type, names of indexes, and what others made of a table."""

import pytest

from backends import errors, types
from backends.base import Backend
from backends.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropIndex,
    RenameColumn,
    RenameTable,
    RetypeColumn,
)
from backends.plan import TableName
from backends.structure import Check, ForeignKey, Identity, Index
from tests.client import new_name
from tests.structures.changing import change, check, column, make, run, table
from tests.workspace.handle import Workspace
from tests.workspace.switchboard import WorkspaceError

HELD = {
    "TINYINT": "128",
    "DECIMAL(10,2)": "'NaN'",
    "DATE": "'infinity'",
    "TIMESTAMP": "'10000-01-01'",
    "TIMESTAMP_NTZ": "'-infinity'",
    "ARRAY<INT>": "'{}'",
    "MAP<STRING,INT>": "'[]'",
}


def place(name: TableName) -> str:
    return f'"{name.schema}"."{name.table}"'


def held_names(workspace: Workspace, name: TableName) -> list[object]:
    """The constraints that hold a type."""
    asked = f"SELECT conname FROM pg_constraint WHERE conrelid = '{place(name)}'::regclass AND contype = 'c'"
    return [found for (found,) in workspace.sql(asked)]


@pytest.mark.parametrize("type_", HELD)
def test_an_added_column_is_held_to_its_type_against_every_writer(
    backend: Backend, workspace: Workspace, name: TableName, type_: str
) -> None:
    make(backend, table(name, column("id", "INT"), column("a", type_)))
    change(backend, AddColumn(name, column("b", type_)), RenameColumn(name, "b", "c"))
    change(backend, AddColumn(name, column("b", type_)))
    for each in "abc":
        with pytest.raises(WorkspaceError):
            workspace.sql(f"INSERT INTO {place(name)} (id, {each}) VALUES (1, {HELD[type_]})")
    assert len(held_names(workspace, name)) == 3
    change(backend, DropColumn(name, "c"), AddColumn(name, column("c", type_)))
    assert len(held_names(workspace, name)) == 3


def test_a_column_is_held_to_the_type_that_it_became(
    backend: Backend, workspace: Workspace, name: TableName
) -> None:
    make(backend, table(name, column("id", "TINYINT"), column("v", "TINYINT")))
    change(backend, RetypeColumn(name, "v", types.parse("INT")))
    workspace.sql(f"INSERT INTO {place(name)} VALUES (1, 128)")
    with pytest.raises(errors.Conflict):
        run(backend, RetypeColumn(name, "v", types.parse("TINYINT")), backend.structure(name))
    workspace.sql(f"UPDATE {place(name)} SET v = 127")
    change(backend, RetypeColumn(name, "v", types.parse("TINYINT")))
    change(backend, RetypeColumn(name, "v", types.parse("DECIMAL(4,1)")))
    with pytest.raises(WorkspaceError):
        workspace.sql(f"UPDATE {place(name)} SET v = 'NaN'")
    assert len(held_names(workspace, name)) == 2


def test_strange_names_are_kept(backend: Backend, name: TableName) -> None:
    strange = "a\"b'c $$ %s %1$s \\ -- é;"
    named = TableName(name.catalog, f"{name.schema} $$'\"", f"{strange}{name.table[-8:]}")
    made = table(named, column("id", "INT"), column(strange, "TINYINT"))
    make(backend, made)
    change(
        backend,
        AddCheck(named, check(strange, strange, "IN", (1, 2))),
        CreateIndex(named, Index(strange, (strange, "id"))),
        AddForeignKey(named, ForeignKey(f"{strange} fk", ("id",), named, ("id",))),
        RetypeColumn(named, strange, types.parse("DECIMAL(9,3)")),
        RenameColumn(named, strange, "made"),
        RenameColumn(named, "made", "conname"),
        RetypeColumn(named, "conname", types.parse("DECIMAL(9,4)")),
        DropIndex(named, strange),
        AddColumn(named, column("attnum", "TINYINT")),
    )


def test_an_index_follows_its_table_and_leaves_its_name_to_the_next(
    backend: Backend, workspace: Workspace, name: TableName
) -> None:
    index = Index("i" * 200, ("id",))
    for _ in range(2):
        make(backend, table(name, column("id", "INT")))
        change(backend, CreateIndex(name, index), RenameTable(name, new := new_name()))
    renamed = TableName(name.catalog, name.schema, new)
    workspace.sql(f"ALTER TABLE {place(renamed)} RENAME TO {new}_too")
    again = TableName(name.catalog, name.schema, f"{new}_too")
    assert backend.structure(again).indexes == (index,)
    change(backend, DropIndex(again, index.name))


@pytest.mark.parametrize(
    "made",
    [
        AddCheck(TableName("", "", ""), check("c" * 64, "id", ">", 0)),
        AddCheck(TableName("", "", ""), check("lakegate_1", "id", ">", 0)),
        AddForeignKey(TableName("", "", ""), ForeignKey("é" * 32, ("id",), TableName("", "", "x"), ("id",))),
        AddColumn(TableName("", "", ""), column("x" * 64, "INT")),
        AddColumn(TableName("", "", ""), column("xmin", "INT")),
        RenameTable(TableName("", "", ""), "x" * 64),
    ],
)
def test_what_cannot_be_named_is_refused(
    backend: Backend, made: AddCheck | AddForeignKey | AddColumn | RenameTable
) -> None:
    before = table(TableName("", "", ""), column("id", "INT"))
    with pytest.raises(errors.Unsupported):
        backend.ddl(made, before)


def test_what_others_made_is_told(backend: Backend, workspace: Workspace, name: TableName) -> None:
    make(backend, table(name, column("id", "INT"), column("n", "INT"), column("t", "STRING")))
    at, schema = place(name), f'"{name.schema}"'
    workspace.sql(
        f"ALTER TABLE {at} ADD CONSTRAINT odd CHECK (n % 2 = 1), ADD CONSTRAINT single UNIQUE (n),"
        " ADD CONSTRAINT apart EXCLUDE USING btree (n WITH =),"
        f" ADD CONSTRAINT gone FOREIGN KEY (n) REFERENCES {at} (id) ON DELETE CASCADE,"
        " ADD COLUMN double integer GENERATED ALWAYS AS (n * 2) STORED,"
        " ADD COLUMN number bigint GENERATED BY DEFAULT AS IDENTITY, ADD COLUMN u uuid;"
        f" CREATE UNIQUE INDEX one_{name.table} ON {at} (t);"
        f" CREATE INDEX low_{name.table} ON {at} (lower(t));"
        f" CREATE INDEX plain_{name.table} ON {at} (t, n); ALTER TABLE {at} ENABLE ROW LEVEL SECURITY;"
        f" CREATE POLICY mine ON {at} USING (true);"
        f" CREATE RULE never AS ON DELETE TO {at} DO INSTEAD NOTHING;"
        f" CREATE FUNCTION {schema}.f_{name.table}() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NEW; END';"
        f" CREATE TRIGGER late BEFORE UPDATE ON {at} FOR EACH ROW EXECUTE FUNCTION {schema}.f_{name.table}()"
    )
    found = backend.structure(name)
    for part in (
        '"odd": CHECK', '"single": UNIQUE (n)', '"apart": EXCLUDE', "ON DELETE CASCADE",
        '"double" is generated', '"u" is declared uuid', ": CREATE UNIQUE",
        "lower(t)", "row-level security", 'policy "mine"', 'trigger "late"', 'rule "never"',
    ):  # fmt: skip
        assert [words for words in found.others if part in words], part
    assert (len(found.others), found.identity) == (12, Identity("number", 1))
    assert found.indexes == (Index(f"plain_{name.table}", ("t", "n")),)
    assert found.foreign_keys == (ForeignKey("gone", ("n",), name, ("id",)),)
    assert (found.checks, found.defaults) == ((), {})
    run(backend, DropIndex(name, f"plain_{name.table}"), found)
    assert backend.structure(name).indexes == ()


def test_a_check_whose_column_others_renamed_is_theirs(
    backend: Backend, workspace: Workspace, name: TableName
) -> None:
    make(backend, table(name, column("id", "INT"), column("n", "INT")))
    made = check("ck", "n", ">", 0)
    change(backend, AddCheck(name, made))
    workspace.sql(f"ALTER TABLE {place(name)} RENAME COLUMN n TO m")
    found = backend.structure(name)
    assert (found.checks, found.others) == ((), ('the constraint "ck": CHECK ((m > 0))',))
    workspace.sql(f"ALTER TABLE {place(name)} RENAME COLUMN m TO n")
    assert backend.structure(name).checks == (made,)
    for comment in ("IS NULL", "IS 'lakegate:{'", 'IS \'lakegate:{"column":"x","op":"=","value":1}\''):
        workspace.sql(f"COMMENT ON CONSTRAINT ck ON {place(name)} {comment}")
        assert len(backend.structure(name).others) == 1


def test_a_partition_and_a_view(backend: Backend, name: TableName) -> None:
    at = place(name)
    backend.run(
        name.catalog,
        f'CREATE TABLE {at} (id integer) PARTITION BY LIST (id); CREATE TABLE "{name.schema}".p_{name.table}'
        f' PARTITION OF {at} DEFAULT; CREATE VIEW "{name.schema}".v_{name.table} AS SELECT * FROM {at}',
    )
    part, view = (TableName(name.catalog, name.schema, f"{kind}_{name.table}") for kind in "pv")
    assert backend.structure(name).others == ("it is partitioned",)
    assert backend.structure(part).others[0].startswith("it inherits from ")
    with pytest.raises(errors.Unsupported):
        backend.structure(view)
    with pytest.raises(errors.NotFound):
        backend.structure(TableName(name.catalog, name.schema, "none"))
    with pytest.raises(errors.Conflict):
        run(backend, DropColumn(name, "id"), backend.structure(name))


def test_no_more_than_the_schema_has_to_be_had(
    backend: Backend, workspace: Workspace, name: TableName
) -> None:
    """Who may create tables in a schema, but no schemas, creates tables."""
    there = new_name()
    make(backend, table(TableName(name.catalog, there, "one"), column("id", "INT")))
    told = workspace.sql(f"SELECT has_database_privilege('{workspace.client}', '{name.catalog}', 'CREATE')")
    workspace.sql(f'REVOKE CREATE ON DATABASE "{name.catalog}" FROM "{workspace.client}"')
    try:
        for schema in (there, name.schema):
            make(backend, table(TableName(name.catalog, schema, new_name()), column("id", "INT")))
        elsewhere = table(TableName(name.catalog, new_name(), "x"), column("id", "INT"))
        with pytest.raises(errors.Forbidden):
            run(backend, CreateTable(elsewhere), None)
    finally:
        workspace.sql(f'GRANT CREATE ON DATABASE "{name.catalog}" TO "{workspace.client}"')
    assert told == [[True]]


def test_text_is_checked_by_code_point_whatever_its_column_is(
    backend: Backend, workspace: Workspace, name: TableName
) -> None:
    make(backend, table(name, column("id", "INT")))
    workspace.sql(f"ALTER TABLE {place(name)} ADD COLUMN u uuid, ADD COLUMN c char(5)")
    before = backend.structure(name)
    run(backend, AddCheck(name, Check("ck", check("", "u", "<", "b").condition)), before)
    run(backend, AddCheck(name, Check("cc", check("", "c", "IN", ("ab", "B")).condition)), before)
    low, high = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    workspace.sql(f"INSERT INTO {place(name)} VALUES (1, '{low}', 'ab')")
    for row in (f"2, '{high}', 'ab'", f"3, '{low}', 'b'"):
        with pytest.raises(WorkspaceError):
            workspace.sql(f"INSERT INTO {place(name)} VALUES ({row})")
    run(backend, RetypeColumn(name, "u", types.parse("VARCHAR(40)")), backend.structure(name))
    assert len(backend.structure(name).checks) == 2
