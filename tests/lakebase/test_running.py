"""Statements of migrations: how their refusals are told apart, and what they wait for."""

import threading
import time
from dataclasses import replace

import pytest

from backends import errors
from backends.base import Backend
from backends.changes import CreateTable, RenameTable, RetypeColumn, SetNullable
from backends.plan import Comparison, Delete, TableName
from backends.types import parse
from tests.client import new_name
from tests.lakebase.test_structures import place
from tests.structures.changing import change, column, make, read, run, table, write
from tests.workspace.handle import Workspace

LOCK = "tests"


@pytest.fixture
def made(backend: Backend, name: TableName) -> TableName:
    make(backend, table(name, column("id", "INT"), column("n", "INT")))
    return name


def test_a_change_does_not_wait_long_with_all_others_behind_it(
    workspace: Workspace, backend: Backend, made: TableName
) -> None:
    write(backend, made, {"id": 1})
    held = threading.Thread(target=lambda: workspace.sql(f"BEGIN; LOCK {place(made)}; SELECT pg_sleep(7)"))
    held.start()
    time.sleep(0.5)
    with pytest.raises(errors.Unavailable), backend.transaction(made.catalog, LOCK):
        backend.run(made.catalog, f"ALTER TABLE {place(made)} ADD COLUMN m integer")
    held.join()
    change(backend, SetNullable(made, "n", nullable=True), RetypeColumn(made, "n", parse("BIGINT")))


def test_statements_that_are_refused_are_told_apart(
    workspace: Workspace, backend: Backend, made: TableName, caplog: pytest.LogCaptureFixture
) -> None:
    at = place(made)
    workspace.sql(
        f"ALTER TABLE {at} ADD m integer; INSERT INTO {at} VALUES (1, 1000, 1000);"
        f' CREATE VIEW {at[:-1]}_v" AS SELECT n FROM {at}'
    )
    for statement, error in (
        ("ALTR TABLE x", errors.Invalid),
        (f'SELECT nothing({at[:-1]}".n) FROM {at}', errors.Invalid),
        (f"ALTER TABLE {at} ADD COLUMN x nonsense", errors.NotFound),
        (f'ALTER TABLE {at[:-1]}x" ADD COLUMN x integer', errors.NotFound),
        ('CREATE TABLE "no such schema".t (id integer)', errors.NotFound),
        (f"ALTER TABLE {at} DROP COLUMN gone", errors.NotFound),
        (f"ALTER TABLE {at} ADD COLUMN n integer", errors.Conflict),
        (f"CREATE TABLE {at} (id integer)", errors.Conflict),
        (f"ALTER TABLE {at} ADD PRIMARY KEY (n)", errors.Conflict),
        (f"ALTER TABLE {at} ALTER COLUMN n TYPE bigint", errors.Unsupported),  # a view has it
        (f"ALTER TABLE {at} ALTER COLUMN m TYPE numeric(2,0)", errors.Conflict),
        (f"ALTER TABLE {at} DROP COLUMN n", errors.Conflict),
        (f"ALTER TABLE {at} ADD CHECK (n < 5)", errors.Conflict),
        (f"ALTER TABLE {at} ADD FOREIGN KEY (n) REFERENCES {at} (n)", errors.Invalid),
        (f"ALTER TABLE {at} ADD FOREIGN KEY (n) REFERENCES {at} (id)", errors.Conflict),
        (f"CREATE INDEX CONCURRENTLY ON {at} (n)", errors.Unsupported),
        ("ALTER SYSTEM SET work_mem = '1MB'", errors.Unsupported),
        ("CREATE ROLE somebody SUPERUSER", errors.Forbidden),
    ):
        with pytest.raises(error) as raised:
            backend.run(made.catalog, statement)
        assert type(raised.value) is error, statement
        with pytest.raises(error), backend.transaction(made.catalog, LOCK):
            backend.run(made.catalog, statement)
    assert 'syntax error at or near "ALTR"' in caplog.text


@pytest.mark.parametrize(
    "statement",
    [
        "commit and chain",
        "CREATE TABLE {at} (id integer); COMMIT",
        "SELECT ';' /* ; /* */ ; */; -- ;\n/**/ ROLLBACK TO SAVEPOINT part",
        "SELECT $x$; $$; $x$, E'\\';', \"a;\"; PREPARE TRANSACTION 'x'",
        "CREATE FUNCTION {f}() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END; END",
        "START TRANSACTION",
    ],
)
def test_no_statement_ends_what_it_is_in(backend: Backend, made: TableName, statement: str) -> None:
    at, function = (f'"{made.schema}"."{made.table}_{end}"' for end in ("too", "f"))

    def work() -> None:
        with backend.transaction(made.catalog, LOCK):
            write(backend, made, {"id": 1})
            backend.run(made.catalog, statement.format(at=at, f=function))

    with pytest.raises(errors.Invalid):
        work()
    assert read(backend, made) == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE FUNCTION {f}() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "DO $$BEGIN PERFORM 1; END$$; SELECT 1 AS a$b, 'it''s; COMMIT' AS \"; COMMIT\" -- ; COMMIT",
        "-- nothing",
        "/* /* */ */;",
        "PREPARE {p} AS SELECT '\\'; DEALLOCATE {p}; SELECT E'\\'; COMMIT' /* ; /* */ ; COMMIT */",
    ],
)
def test_what_only_seems_to_end_it_is_run(backend: Backend, made: TableName, statement: str) -> None:
    function = f'"{made.schema}"."{made.table}_f"'
    backend.run(made.catalog, statement.format(f=function, p=made.table))


def test_what_a_statement_leaves_on_its_connection_reaches_no_request(
    backend: Backend, made: TableName
) -> None:
    statement = "SET default_transaction_read_only = on"
    backend.run(made.catalog, statement)
    write(backend, made, {"id": 1})
    with backend.transaction(made.catalog, LOCK):
        backend.run(made.catalog, statement)
    write(backend, made, {"id": 2})
    assert read(backend, made, "id") == [{"id": 1}, {"id": 2}]


def test_a_catalog_is_not_made_in_a_transaction(backend: Backend, made: TableName) -> None:
    new = table(TableName(new_name(), "s", "t"), column("id", "INT")).table
    for _ in range(2):
        with pytest.raises(errors.Unsupported), backend.transaction(made.catalog, LOCK):
            backend.create_table(new)
    assert backend.create_table(new)


def test_a_name_that_differs_in_case_only_conflicts(backend: Backend, made: TableName) -> None:
    other = replace(made, table=f"{made.table}_too")
    before = make(backend, table(other, column("id", "INT")))
    upper, schema = made.table.upper(), replace(made, schema=made.schema.upper(), table=new_name())
    for new in (replace(made, table=upper), schema):
        with pytest.raises(errors.Conflict):
            run(backend, CreateTable(table(new, column("id", "INT"))), None)
    with pytest.raises(errors.Conflict):
        run(backend, RenameTable(other, upper), before)
    change(backend, RenameTable(other, other.table.upper()))


def test_what_was_sent_before_is_no_error(backend: Backend, made: TableName) -> None:
    at = place(made)
    for statement in (
        f"CREATE TABLE {at} (id integer)",
        f"ALTER TABLE {at} ADD COLUMN n integer",
        f"ALTER TABLE {at} DROP COLUMN gone",
        f"ALTER TABLE {at} RENAME COLUMN gone TO m",
        'DROP TABLE "gone"',
    ):
        backend.run(made.catalog, statement, again=True)
        with backend.transaction(made.catalog, LOCK):
            write(backend, made, {"id": 1})
            backend.run(made.catalog, statement, again=True)
            assert backend.execute(Delete(backend.table(made), Comparison("id", "=", 1))).count == 1
    with pytest.raises(errors.NotFound):
        backend.run(made.catalog, f'ALTER TABLE {at[:-1]}x" ADD COLUMN n integer', again=True)
