"""DuckDB as the warehouse's engine: many sessions at once, and what it refuses."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.workspace.warehouse.duck import DuckEngine
from tests.workspace.warehouse.engine import Parameter, SqlError
from tests.workspace_tests.engine_cases.harness import ADMIN, Run, T, running

UPSERT = (
    f"MERGE INTO {T} AS t USING (SELECT s.id AS id FROM (SELECT explode(from_json(:v, "
    "'array<struct<id: bigint>>')) AS s)) AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = t.n + 1 "
    "WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, 1)"
)


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckEngine]:
    engine = DuckEngine(tmp_path_factory.mktemp("duck"))
    yield engine
    engine.close()


@pytest.fixture
def run(engine: DuckEngine) -> Iterator[Run]:
    with running(engine) as run:
        yield run


def test_writes_of_one_table_wait_for_each_other(run: Run) -> None:
    run(f"CREATE TABLE {T} (id BIGINT, n BIGINT)")
    run(f"INSERT INTO {T} VALUES (1, 0)")

    def write(_: int) -> None:
        with run.other(ADMIN) as other:
            for _ in range(10):
                other(UPSERT, v='[{"id": 1}]')
                other(f"UPDATE {T} SET n = n + 1 WHERE id = 1")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert run.rows(f"SELECT id, n FROM {T}") == [(1, 80)]


def test_reads_do_not_wait_for_writes(run: Run) -> None:
    run(f"CREATE TABLE {T} (id BIGINT, n BIGINT)")

    def read(_: int) -> list[int]:
        with run.other(ADMIN) as other:
            return [other.value(f"SELECT count(*) FROM {T}") for _ in range(20)]

    with ThreadPoolExecutor(3) as pool:
        found = pool.map(read, range(3))
        for number in range(20):
            run(UPSERT, v=json.dumps([{"id": number}, {"id": -number - 1}]))
        assert all(count % 2 == 0 for counts in found for count in counts)


def test_a_statement_is_interrupted_from_another_thread(run: Run) -> None:
    slow = (
        "SELECT count(*) FROM (SELECT explode(from_json(:v, 'array<int>')) AS a) AS x, (SELECT "
        "explode(from_json(:v, 'array<int>')) AS b) AS y, (SELECT explode(from_json(:v, 'array<int>')) AS c) "
        "AS z "
        "WHERE a * b + c = -1"
    )
    done = threading.Event()

    def interrupt() -> None:
        while not done.wait(0.02):
            run.session.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        assert run.refused(slow, v=json.dumps(list(range(20000)))) == "OPERATION_CANCELED HY008"
    finally:
        done.set()
        thread.join()
    assert run.value("SELECT 1") == 1


def test_an_interrupt_while_nothing_runs_is_no_matter(run: Run) -> None:
    run.session.interrupt()
    assert run.value("SELECT 1") == 1


def test_a_session_begins_in_its_catalog_and_schema(engine: DuckEngine, run: Run) -> None:
    run(f"CREATE TABLE {T} (a INT)")
    session = engine.open(ADMIN, "MAIN", "Cases")
    assert session.execute("SELECT * FROM t", ()).table.num_rows == 0
    session.close()


@pytest.mark.parametrize(("catalog", "schema"), [("nowhere", None), ("main", "nowhere")])
def test_a_session_in_what_is_not_there_is_refused(
    engine: DuckEngine, catalog: str, schema: str | None
) -> None:
    with pytest.raises(SqlError, match="42704"):
        engine.open(ADMIN, catalog, schema)


def test_a_statement_is_compiled_anew_when_its_table_is(run: Run) -> None:
    run(f"CREATE TABLE {T} (a INT)")
    run(f"INSERT INTO {T} VALUES (1)")
    assert run(f"SELECT * FROM {T}").types == ("int",)
    run(f"DROP TABLE {T}")
    run(f"CREATE TABLE {T} (a STRING, b INT)")
    assert run(f"SELECT * FROM {T}").types == ("string", "int")


def test_a_compiled_statement_tells_each_user_its_own_name(run: Run) -> None:
    assert run.value("SELECT current_user()") == ADMIN
    with run.other("ada@lakegate") as ada:
        assert ada.value("SELECT current_user()") == "ada@lakegate"


def test_parameters_have_the_types_that_the_client_gives(run: Run) -> None:
    parameters = (
        Parameter("n", "BIGINT", "5"),
        Parameter("d", "DECIMAL(5,2)", "1.50"),
        Parameter("v", "VOID", None),
    )
    answer = run.session.execute("SELECT :n + 1 AS a, :d AS b, :v AS c", parameters)
    assert answer.types == ("bigint", "decimal(5,2)", "void")
    assert answer.table.column("a").to_pylist() == [6]


def test_parameters_go_by_position(run: Run) -> None:
    parameters = (Parameter(None, "STRING", "a"), Parameter(None, "STRING", "b"))
    answer = run.session.execute("SELECT ? AS x, ? AS y", parameters)
    assert answer.table.to_pylist() == [{"x": "a", "y": "b"}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM VALUES (1) AS t(a) TABLESAMPLE (5 ROWS)",
        "SELECT * FROM VALUES (1) AS t(a) PIVOT (sum(a) FOR a IN (1))",
        "SELECT transform(array(1), x -> x + 1)",
        "TRUNCATE TABLE main.cases.t",
        "OPTIMIZE main.cases.t",
        "SHOW FUNCTIONS",
        "SELECT interval 1 day",
        "CREATE FUNCTION f() RETURNS INT RETURN 1",
        "SELECT * FROM main.information_schema.tables, VALUES (1) AS t(a), main.cases.nothing",
    ],
)
def test_what_is_not_known_is_refused_by_name(run: Run, sql: str) -> None:
    error_class, _ = run.refused(sql).split()
    assert error_class == "UNSUPPORTED_FEATURE.LOCAL_WAREHOUSE"
