"""The warehouse as the SQL connector finds it: values, amounts, parameters and errors."""

import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sql.exc import DatabaseError, ServerOperationError
from databricks.sql.parameters.native import (
    BigIntegerParameter,
    BooleanParameter,
    StringParameter,
    VoidParameter,
)

from tests.workspace.handle import PROJECT, Workspace
from tests.workspace.settings import ADMIN, ADMIN_TOKEN
from tests.workspace_tests.tiny_engine import EVERYTHING
from tests.workspace_tests.warehouse_clients import ask, connected, request_error

CONNECT = """
import sys
from urllib.parse import urlsplit
from os import environ
from databricks import sql
place = urlsplit(environ["DATABRICKS_HOST"])
with sql.connect(
    server_hostname=place.hostname,
    _port=place.port,
    http_path="/sql/1.0/warehouses/" + environ["DATABRICKS_WAREHOUSE_ID"],
    access_token=sys.argv[1],
    enable_telemetry=False,
    _retry_stop_after_attempts_count=1,
) as connection, connection.cursor() as cursor:
    cursor.execute("WHERE")
    print(cursor.fetchall_arrow().to_pylist()[0]["place"])
"""


def connect_elsewhere(env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Connect in a process with an environment of its own."""
    command = [sys.executable, "-c", CONNECT, ADMIN_TOKEN]
    return subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, text=True, check=False)


def test_the_environment_is_all_that_a_client_needs_to_trust_it(house: Workspace) -> None:
    assert connect_elsewhere(house.environment("warehouse")).stdout == f"{ADMIN} None None\n"


def test_a_client_without_the_authority_does_not_trust_it(house: Workspace) -> None:
    env = house.environment("warehouse")
    del env["SSL_CERT_FILE"], env["REQUESTS_CA_BUNDLE"]
    refused = connect_elsewhere(env)
    assert refused.returncode != 0 and "CERTIFICATE_VERIFY_FAILED" in refused.stderr


def test_a_bearer_of_the_sdk_lets_an_app_in(house: Workspace, secure: WorkspaceClient) -> None:
    authorization = secure.config.authenticate()["Authorization"]
    with connected(house, authorization.removeprefix("Bearer ")) as connection:
        assert ask(connection, "WHERE") == [(f"{house.client} None None",)]


def test_a_session_begins_where_it_is_asked_to(house: Workspace) -> None:
    with connected(house, catalog="main", schema="default") as connection:
        assert ask(connection, "WHERE") == [(f"{ADMIN} main default",)]


def test_a_catalog_that_is_not_there_has_no_session(house: Workspace) -> None:
    expected = r"\[NO_SUCH_CATALOG_EXCEPTION\] Catalog 'none' was not found. SQLSTATE: 42704"
    with pytest.raises(DatabaseError, match=expected), connected(house, catalog="none"):
        pass
    assert house.warehouse.statistics().open_sessions == 0


def test_the_path_of_endpoints_leads_there_too(house: Workspace) -> None:
    with connected(house, path=f"/sql/1.0/endpoints/{house.warehouse.id}") as connection:
        assert ask(connection, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("lz4", [True, False])
def test_every_type_comes_as_it_was(house: Workspace, lz4: bool) -> None:
    with connected(house, enable_query_result_lz4_compression=lz4) as connection:
        cursor = connection.cursor()
        cursor.execute("EVERYTHING")
        table = cursor.fetchall_arrow()
    assert [field.type for field in table.schema] == [kind for kind, _ in EVERYTHING.values()]
    assert list(table.to_pylist()[0].values()) == [value for _, value in EVERYTHING.values()]
    assert set(table.to_pylist()[1].values()) == {None}


def test_a_description_names_columns_and_types(house: Workspace) -> None:
    with connected(house) as connection, connection.cursor() as cursor:
        cursor.execute("EVERYTHING")
        described = {name: (kind, *size) for name, kind, _, _, *size, _ in cursor.description}
    assert described["decimal(20,4)"] == ("decimal", 20, 4)
    assert described["timestamp_ntz"] == ("timestamp", None, None)
    assert described["array<int>"] == ("array", None, None)
    assert described["struct<d:date,s:string>"] == ("struct", None, None)


@pytest.mark.parametrize("lz4", [True, False])
def test_many_rows_come_in_several_fetches(house: Workspace, lz4: bool) -> None:
    with connected(house, enable_query_result_lz4_compression=lz4) as connection:
        cursor = connection.cursor()
        cursor.execute("RANGE 300000")
        table = cursor.fetchall_arrow()
        cursor.close()
    assert table.column("id").combine_chunks().equals(pa.array(range(300_000), pa.int64()))
    assert house.warehouse.statistics().calls["FetchResults"] == 2


def test_rows_can_be_fetched_a_few_at_a_time(house: Workspace) -> None:
    with connected(house) as connection, connection.cursor(arraysize=10) as cursor:
        cursor.execute("RANGE 25")
        sizes = [cursor.fetchmany_arrow(10).num_rows for _ in range(4)]
    assert sizes == [10, 10, 5, 0]


def test_rows_beyond_the_client_s_buffer_are_fetched_later(house: Workspace) -> None:
    with connected(house) as connection, connection.cursor(buffer_size_bytes=100_000) as cursor:
        cursor.execute("TEXTS 100 10000")
        table = cursor.fetchall_arrow()
    assert table.num_rows == 100
    assert house.warehouse.statistics().calls["FetchResults"] >= 10


def test_a_row_larger_than_the_client_s_buffer_comes_all_the_same(house: Workspace) -> None:
    with connected(house) as connection, connection.cursor(buffer_size_bytes=1000) as cursor:
        cursor.execute("TEXTS 3 10000")
        assert [len(row.text) for row in cursor.fetchall()] == [10_000] * 3


def test_no_rows_have_columns_too(house: Workspace) -> None:
    with connected(house) as connection, connection.cursor() as cursor:
        cursor.execute("RANGE 0")
        assert cursor.fetchall_arrow().schema == pa.schema({"id": pa.int64()})
        assert cursor.description[0][:2] == ("id", "bigint")


def test_a_statement_without_columns_is_answered(house: Workspace) -> None:
    with connected(house) as connection, connection.cursor() as cursor:
        cursor.execute("NOTHING")
        assert cursor.fetchall() == [] and cursor.rowcount == -1


def test_the_number_of_changed_rows_is_told(house: Workspace) -> None:
    with connected(house) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT")
        assert cursor.rowcount == 1


def test_no_more_rows_come_than_a_client_wants(house: Workspace) -> None:
    with connected(house) as connection, connection.cursor(row_limit=3) as cursor:
        cursor.execute("RANGE 10")
        assert cursor.fetchall_arrow().num_rows == 3


def test_parameters_with_names_keep_their_types(house: Workspace) -> None:
    typed: list[Any] = [
        StringParameter("x", name="a"),
        BigIntegerParameter(5, name="b"),
        BooleanParameter(True, name="c"),
        VoidParameter(None, name="d"),
    ]
    with connected(house) as connection:
        rows = ask(connection, "ECHO", parameters=typed)
    assert rows == [("a", "STRING", "x"), ("b", "BIGINT", "5"), ("c", "BOOLEAN", "True"), ("d", "VOID", None)]


def test_parameters_by_position_have_no_names(house: Workspace) -> None:
    with connected(house) as connection:
        assert ask(connection, "ECHO", parameters=["x", 7]) == [(None, "STRING", "x"), (None, "INT", "7")]


def test_256_parameters_are_taken(house: Workspace) -> None:
    with connected(house) as connection:
        assert len(ask(connection, "ECHO", parameters=["x"] * 256)) == 256


def test_257_parameters_are_refused(house: Workspace) -> None:
    expected = (
        "BAD_REQUEST: Parameterized query has too many parameters: 257 parameters were given "
        "but the limit is 256."
    )
    with connected(house) as connection, request_error(400, expected):
        ask(connection, "ECHO", parameters=["x"] * 257)
    assert house.statements() == []


def test_a_mebibyte_of_values_is_taken(house: Workspace) -> None:
    with connected(house) as connection:
        ask(connection, "ECHO", parameters=["é" * 2**18, "x" * 2**19])


def test_more_than_a_mebibyte_of_values_is_refused(house: Workspace) -> None:
    with connected(house) as connection, request_error(400, "1048577 bytes were given"):
        ask(connection, "ECHO", parameters=["é" * 2**18, "x" * 2**19, "x"])


def test_a_parameter_that_has_parts_is_refused(house: Workspace) -> None:
    with connected(house) as connection, pytest.raises(DatabaseError, match="UNSUPPORTED_FEATURE.*ARRAY"):
        ask(connection, "ECHO", parameters={"a": ["x"]})


def test_an_error_of_the_engine_comes_in_its_words(house: Workspace) -> None:
    with connected(house) as connection:
        with pytest.raises(ServerOperationError) as caught:
            ask(connection, "FAIL")
        assert str(caught.value) == (
            "[TABLE_OR_VIEW_NOT_FOUND] The table or view `t` cannot be found. SQLSTATE: 42P01"
        )
        assert "HiveSQLException" in caught.value.context["diagnostic-info"]
        assert ask(connection, "SELECT 1") == [(1,)]
    assert house.warehouse.statistics().open_operations == 0


@pytest.mark.parametrize(
    ("statement", "told"),
    [("BREAK", "LookupError: nobody thought of this"), ("UNTYPED", "ValueError: 1 columns have 0 types")],
)
def test_a_fault_of_the_engine_is_said_and_written_down(house: Workspace, statement: str, told: str) -> None:
    with (
        connected(house) as connection,
        pytest.raises(ServerOperationError, match=rf"\[INTERNAL_ERROR\] {told}"),
    ):
        ask(connection, statement)
    assert told in house.log.read_text()


def test_the_catalog_can_be_looked_through(house: Workspace) -> None:
    with connected(house) as connection, connection.cursor() as cursor:
        assert [row.TABLE_CAT for row in cursor.catalogs().fetchall()] == ["main", "other"]
        schemas = [tuple(row) for row in cursor.schemas("main", "%").fetchall()]
        assert schemas == [("default", "main"), ("wor_k", "main")]
        tables = cursor.tables("main", r"wor\_k", "%").fetchall()
        assert [(row.TABLE_NAME, row.TABLE_TYPE) for row in tables] == [
            ("people", "TABLE"),
            ("young", "VIEW"),
        ]
        assert cursor.tables(table_types=["VIEW"]).fetchall() == [tables[1]]
        columns = cursor.columns("main", "WOR_K", "people", "p__").fetchall()
    assert [(row.COLUMN_NAME, row.TYPE_NAME, row.NULLABLE) for row in columns] == [
        ("pay", "DECIMAL(10,2)", 1)
    ]


@pytest.mark.parametrize("pattern", [r"work", r"wor\_", r"\%", "wor_k_"])
def test_what_a_pattern_does_not_fit_is_left_out(house: Workspace, pattern: str) -> None:
    with connected(house) as connection, connection.cursor() as cursor:
        assert cursor.schemas("main", pattern).fetchall() == []


def test_statements_are_remembered_in_order(house: Workspace) -> None:
    with connected(house) as connection:
        ask(connection, "SELECT 1")
        with pytest.raises(ServerOperationError):
            ask(connection, "FAIL")
        session = connection.get_session_id_hex().replace("-", "")
    found = house.statements()
    assert [(one.text, one.principal) for one in found] == [("SELECT 1", ADMIN), ("FAIL", ADMIN)]
    assert {one.session.replace("-", "") for one in found} == {session}
    house.forget()
    assert house.statements() == []


def test_calls_sessions_and_operations_are_counted(house: Workspace) -> None:
    with connected(house) as connection:
        cursor = connection.cursor(arraysize=10)
        cursor.execute("RANGE 20")
        told = house.warehouse.statistics()
        assert (told.open_sessions, told.sessions_opened, told.open_operations) == (1, 1, 1)
        assert told.calls == {"OpenSession": 1, "ExecuteStatement": 1}
    told = house.warehouse.statistics()
    assert (told.open_sessions, told.sessions_opened, told.open_operations) == (0, 1, 0)
    assert told.calls["CloseSession"] == 1


def test_many_connections_work_at_once(house: Workspace) -> None:
    def work(number: int) -> list[tuple[Any, ...]]:
        with connected(house) as connection:
            for _ in range(20):
                ask(connection, "INSERT")
            return ask(connection, f"RANGE {number}")

    with connected(house) as connection, ThreadPoolExecutor(8) as pool:
        before = ask(connection, "COUNT")[0][0]
        assert [len(rows) for rows in pool.map(work, range(8))] == list(range(8))
        assert ask(connection, "COUNT") == [(before + 160,)]
    told = house.warehouse.statistics()
    assert (told.sessions_opened, told.open_sessions, told.open_operations) == (9, 0, 0)
