"""Sessions of the Spark engine: names, parameters, principals, files, cancelling, and Spark's jobs."""

import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.workspace.warehouse.engine import Parameter, SqlError
from tests.workspace.warehouse.spark import SparkEngine
from tests.workspace_tests.engine_cases.harness import ADMIN, SCHEMA, Run, T, U, number

ENDLESS = "SELECT sum(a.id * b.id) FROM range(10000000) AS a CROSS JOIN range(10000000) AS b"


@pytest.fixture
def filled(run: Run) -> Run:
    """A table with two rows."""
    run(f"CREATE TABLE {T} (`a` BIGINT NOT NULL, `b` STRING)")
    run(f"INSERT INTO {T} VALUES (1, 'x'), (2, 'main.cases.t')")
    return run


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT `a` FROM {T} ORDER BY 1",
        f"SELECT t.a FROM {T} ORDER BY t.a",
        f"SELECT main.cases.t.a FROM {T} ORDER BY 1",
        f"SELECT cases.t.a FROM {T} WHERE `t`.`a` > 0 ORDER BY 1",
        f"SELECT x.a FROM {T} x ORDER BY 1",
        f"SELECT `x`.a FROM {T} AS `x` ORDER BY 1",
        "SELECT a FROM Main.CASES.`T` ORDER BY a",
        f"SELECT t.a FROM {T} JOIN {T} AS o ON t.a = o.a ORDER BY 1",
        f"SELECT a FROM (SELECT a FROM {T}) ORDER BY 1",
        f"WITH w AS (SELECT a FROM {T}) SELECT a FROM w ORDER BY 1",
        f"SELECT a FROM {T} WHERE EXISTS (SELECT 1 FROM {T} AS o WHERE o.a = t.a) ORDER BY 1",
    ],
)
def test_a_name_means_its_table(filled: Run, sql: str) -> None:
    assert filled.column(sql) == [1, 2]


def test_a_name_in_a_text_is_text(filled: Run) -> None:
    assert filled.column(f"SELECT b FROM {T} WHERE b = 'main.cases.t'") == ["main.cases.t"]


def test_names_of_one_and_two_parts_are_found_in_the_session(filled: Run) -> None:
    filled(f"USE {SCHEMA}")
    assert filled.value("SELECT count(*) FROM t") == 2
    assert filled.value("SELECT count(*) FROM cases.t") == 2
    assert filled.value("SELECT t.a FROM t WHERE t.b = 'x'") == 1
    filled("USE main.default")


def test_an_error_names_the_table_as_it_was_written(filled: Run) -> None:
    with pytest.raises(SqlError, match="`main`.`cases`.`t`"):
        filled("ALTER TABLE main.cases.t ADD CONSTRAINT c CHECK (a > 1)")


def test_an_error_is_one_line_without_a_plan(filled: Run) -> None:
    with pytest.raises(SqlError) as caught:
        filled(f"SELECT nothing FROM {T}")
    assert str(caught.value).startswith("[UNRESOLVED_COLUMN.WITH_SUGGESTION] ")
    assert str(caught.value).endswith(" SQLSTATE: 42703")


def test_an_error_within_a_task_keeps_its_class(filled: Run) -> None:
    assert filled.refused(f"SELECT CAST(b AS INT) FROM {T}") == "CAST_INVALID_INPUT 22018"
    assert (
        filled.refused(f"UPDATE {T} SET b = raise_error('no') WHERE a = 1") == "USER_RAISED_EXCEPTION P0001"
    )


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("BIGINT", "7", 7), ("DECIMAL(10,2)", "1.50", number("1.50")), ("BOOLEAN", "true", True),
        ("STRING", "it's \\ `x` :v ?", "it's \\ `x` :v ?"), ("INT", None, None), ("VOID", None, None),
        ("STRING", None, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["v", None])
def test_a_parameter_has_its_type(
    run: Run, kind: str, value: str | None, expected: object, name: str | None
) -> None:
    sql = "SELECT :v AS a, ':v ?' AS b" if name else "SELECT ? AS a, ':v ?' AS b"
    answer = run.session.execute(sql, (Parameter(name, kind, value),))
    assert answer.table.to_pylist() == [{"a": expected, "b": ":v ?"}]
    assert answer.types[0] == kind.lower()


def test_a_parameter_that_is_not_given_is_refused(run: Run) -> None:
    assert run.refused("SELECT :v") == "UNBOUND_SQL_PARAMETER 42P02"


def test_a_session_knows_its_principal(run: Run) -> None:
    assert run.rows("SELECT current_user(), current_catalog(), current_schema()") == [
        (ADMIN, "main", "default")
    ]


def test_files_are_read_and_copied_once(run: Run, engine: SparkEngine) -> None:
    run(f"CREATE TABLE {T} (`a` BIGINT, `b` STRING)")
    run(f"CREATE VOLUME {SCHEMA}.`v`")
    path = Path(engine.unity.files.folder, "main", "cases", "v", "f.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"a": [1, 2]}), path)
    place = "/Volumes/main/cases/v/f.parquet"
    copy = f"COPY INTO {T} FROM '{place}' FILEFORMAT = PARQUET"
    assert (run(copy).modified, run(copy).modified) == (2, 0)
    assert run.rows(f"SELECT * FROM {T} ORDER BY a") == [(1, None), (2, None)]
    assert run.column(f"SELECT a FROM parquet.`{place}` ORDER BY a") == [1, 2]
    assert run.column(f"SELECT a FROM read_files('{place}', format => 'parquet') ORDER BY a") == [1, 2]
    run(f"DROP VOLUME {SCHEMA}.`v`")


def test_a_statement_is_ended_from_another_thread(run: Run) -> None:
    started = threading.Event()
    ended: list[str] = []

    def endless() -> None:
        started.set()
        try:
            run(ENDLESS)
        except SqlError as error:
            ended.append(f"{error.error_class} {error.sqlstate}")

    thread = threading.Thread(target=endless)
    thread.start()
    started.wait()
    while thread.is_alive():
        run.session.interrupt()
        thread.join(0.05)
    assert ended == ["OPERATION_CANCELED HY008"]
    assert run.value("SELECT 1") == 1


def test_an_interrupt_of_nothing_is_nothing(run: Run) -> None:
    run.session.interrupt()
    assert run.value("SELECT 1") == 1


def test_sessions_write_one_table_at_once(filled: Run) -> None:
    def add(number: int) -> None:
        session = filled.engine.open(ADMIN, None, None)
        session.execute(f"INSERT INTO {T} VALUES ({number}, 'y')", ())
        session.execute(f"UPDATE {T} SET b = 'z' WHERE a = {number}", ())
        session.close()

    threads = [threading.Thread(target=add, args=(number,)) for number in (10, 11, 12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert filled.column(f"SELECT a FROM {T} WHERE b = 'z' ORDER BY a") == [10, 11, 12]


def test_a_name_can_be_used_again(filled: Run) -> None:
    filled(f"DROP TABLE {T}")
    filled(f"CREATE TABLE {T} (c INT)")
    assert filled.rows(f"SELECT * FROM {T}") == []


def test_a_view_finds_its_tables_from_anywhere(filled: Run) -> None:
    filled(f"USE {SCHEMA}")
    filled(f"CREATE VIEW {U} AS SELECT a FROM t")
    filled("USE main.default")
    assert filled.column(f"SELECT u.a FROM {U} ORDER BY 1") == [1, 2]


def test_delta_is_given_the_state_of_its_tables(filled: Run, engine: SparkEngine) -> None:
    filled(f"UPDATE {T} SET b = 'y' WHERE a = 1")
    before = engine.jobs()
    assert filled.rows(f"SELECT a, b FROM {T} WHERE a = 1") == [(1, "y")]
    assert engine.jobs() - before == 1


def test_many_rows_are_whole(run: Run) -> None:
    table = run("SELECT id, CAST(id AS STRING) AS text FROM range(250000)").table
    assert table.num_rows == 250_000
    assert table.column("text")[249_999].as_py() == "249999"
