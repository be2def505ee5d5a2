"""The warehouse as a client of Thrift's finds it that asks for what the connector does not."""

from typing import Any

import lz4.frame  # type: ignore[import-untyped]
import pyarrow as pa
import pytest
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.Thrift import TApplicationException, TMessageType
from thrift.transport.TTransport import TMemoryBuffer

from tests.workspace.handle import Workspace
from tests.workspace.warehouse.thrift import T
from tests.workspace_tests.warehouse_clients import call, client, execute, open_session, post

States = T.TOperationState


def wait_for(house: Workspace, operation: Any) -> Any:
    """The status of an operation that has ended."""
    while True:
        status = call(house, "GetOperationStatus", T.TGetOperationStatusReq(operation))
        if status.operationState not in {States.PENDING_STATE, States.RUNNING_STATE}:
            return status


def fetched(house: Workspace, operation: Any, rows: int, size: int = 2**20) -> Any:
    """The next rows of an operation."""
    request = T.TFetchResultsReq(operation, T.TFetchOrientation.FETCH_NEXT, rows, maxBytes=size)
    return call(house, "FetchResults", request)


def values(metadata: Any, rows: Any, *, compressed: bool = False) -> list[dict[str, Any]]:
    """The rows of Arrow batches."""
    schema = pa.ipc.read_schema(pa.py_buffer(metadata.arrowSchema))
    batches = [batch.batch for batch in rows.arrowBatches]
    if compressed:
        batches = [lz4.frame.decompress(batch) for batch in batches]
    found = [pa.ipc.read_record_batch(pa.py_buffer(batch), schema) for batch in batches]
    rows_of: list[dict[str, Any]] = pa.Table.from_batches(found, schema).to_pylist()
    return rows_of


def test_results_come_with_the_answer_and_the_operation_ends(house: Workspace) -> None:
    direct = execute(house, open_session(house), "RANGE 3").directResults
    assert direct.operationStatus.operationState == States.FINISHED_STATE
    assert values(direct.resultSetMetadata, direct.resultSet.results) == [{"id": 0}, {"id": 1}, {"id": 2}]
    assert not direct.resultSet.hasMoreRows and direct.closeOperation
    assert house.warehouse.statistics().open_operations == 0


def test_no_more_rows_come_with_the_answer_than_are_asked_for(house: Workspace) -> None:
    limits = T.TSparkGetDirectResults(2, 2**20)
    answer = execute(house, open_session(house), "RANGE 5", getDirectResults=limits)
    direct = answer.directResults
    assert len(values(direct.resultSetMetadata, direct.resultSet.results)) == 2
    assert direct.resultSet.hasMoreRows and not direct.closeOperation
    rest = fetched(house, answer.operationHandle, 10)
    assert rest.results.startRowOffset == 2 and not rest.hasMoreRows
    assert values(rest.resultSetMetadata, rest.results) == [{"id": 2}, {"id": 3}, {"id": 4}]


def test_no_more_bytes_come_than_are_asked_for(house: Workspace) -> None:
    limits = T.TSparkGetDirectResults(1000, 50_000)
    answer = execute(house, open_session(house), "TEXTS 100 1000", getDirectResults=limits)
    sizes = [len(batch.batch) for batch in answer.directResults.resultSet.results.arrowBatches]
    assert 10_000 < sum(sizes) <= 50_000
    more = fetched(house, answer.operationHandle, 1000, 50_000)
    assert sum(len(batch.batch) for batch in more.results.arrowBatches) <= 50_000


@pytest.mark.parametrize("compressed", [True, False])
def test_results_are_compressed_if_the_client_can_decompress(house: Workspace, compressed: bool) -> None:
    session = open_session(house)
    direct = execute(house, session, "RANGE 9", canDecompressLZ4Result=compressed).directResults
    assert direct.resultSetMetadata.lz4Compressed is compressed
    found = values(direct.resultSetMetadata, direct.resultSet.results, compressed=compressed)
    assert found[-1] == {"id": 8}


def test_an_operation_without_direct_results_is_asked_after(house: Workspace) -> None:
    answer = execute(house, open_session(house), "INSERT", getDirectResults=None)
    assert answer.directResults is None
    status = wait_for(house, answer.operationHandle)
    assert (status.operationState, status.numModifiedRows) == (States.FINISHED_STATE, 1)
    request = T.TGetResultSetMetadataReq(answer.operationHandle)
    metadata = call(house, "GetResultSetMetadata", request)
    rows = fetched(house, answer.operationHandle, 10)
    assert values(metadata, rows.results) == [{"num_affected_rows": 1, "num_inserted_rows": 1}]
    assert not fetched(house, answer.operationHandle, 10).results.arrowBatches
    call(house, "CloseOperation", T.TCloseOperationReq(answer.operationHandle))
    assert house.warehouse.statistics().open_operations == 0


def test_a_failed_operation_tells_why_as_often_as_it_is_asked(house: Workspace) -> None:
    answer = execute(house, open_session(house), "FAIL", getDirectResults=None)
    status = wait_for(house, answer.operationHandle)
    told = "[TABLE_OR_VIEW_NOT_FOUND] The table or view `t` cannot be found. SQLSTATE: 42P01"
    assert (status.operationState, status.sqlState) == (States.ERROR_STATE, "42P01")
    assert status.displayMessage == status.errorMessage == told
    for method, request in (
        ("FetchResults", T.TFetchResultsReq(answer.operationHandle, 0, 10)),
        ("GetResultSetMetadata", T.TGetResultSetMetadataReq(answer.operationHandle)),
    ):
        refused = call(house, method, request).status
        assert (refused.errorMessage, refused.sqlState) == (told, "42P01")


def test_a_client_that_reads_no_arrow_gets_columns(house: Workspace) -> None:
    direct = execute(house, open_session(house), "EVERYTHING", canReadArrowResult=False).directResults
    assert direct.resultSetMetadata.resultFormat == T.TSparkRowSetType.COLUMN_BASED_SET
    assert direct.resultSetMetadata.arrowSchema is None
    kinds = ("boolVal", "byteVal", "i16Val", "i32Val", "i64Val", "doubleVal", "stringVal", "binaryVal")
    found = []
    for column in direct.resultSet.results.columns:
        (filled,) = [part for kind in kinds if (part := getattr(column, kind))]
        assert filled.nulls[0] in {0b10, 0b11}
        found.append(filled.values[0])
    assert found == [
        True, -1, 300, 70_000, 2**62, 0.5, -2.25, "1234567890123456.5000", "grüße", b"\x00\xff", "0001-01-01",
        "2024-02-29 12:30:15.00025", "2024-02-29 12:30:15.00025", "[1,null]", '{"a":"1.5"}',
        '{"d":"2024-01-02","s":null}', "",
    ]  # fmt: skip


def test_columns_come_in_pieces_too(house: Workspace) -> None:
    limits = T.TSparkGetDirectResults(1000, 10_000)
    session = open_session(house)
    answer = execute(house, session, "TEXTS 50 1000", canReadArrowResult=False, getDirectResults=limits)
    (column,) = answer.directResults.resultSet.results.columns
    assert answer.directResults.resultSet.hasMoreRows and 5 < len(column.stringVal.values) <= 10
    (rest,) = fetched(house, answer.operationHandle, 1000).results.columns
    assert len(column.stringVal.values) + len(rest.stringVal.values) == 50


def test_a_client_that_reads_few_types_of_arrow_gets_texts(house: Workspace) -> None:
    direct = execute(house, open_session(house), "EVERYTHING", useArrowNativeTypes=None).directResults
    (row, nulls) = values(direct.resultSetMetadata, direct.resultSet.results)
    assert row["decimal(20,4)"] == "1234567890123456.5000"
    assert row["timestamp"] == "2024-02-29 12:30:15.00025"
    assert row["array<int>"] == "[1,null]"
    assert (row["bigint"], row["double"], row["binary"]) == (2**62, -2.25, b"\x00\xff")
    assert set(nulls.values()) == {None}


def test_a_column_s_type_in_sql_goes_with_the_arrow_schema(house: Workspace) -> None:
    direct = execute(house, open_session(house), "EVERYTHING").directResults
    schema = pa.ipc.read_schema(pa.py_buffer(direct.resultSetMetadata.arrowSchema))
    assert schema.field("decimal(20,4)").metadata == {b"Spark:DataType:SqlName": b"DECIMAL(20,4)"}


def test_it_says_what_it_is(house: Workspace) -> None:
    session = open_session(house)
    kinds = T.TGetInfoType
    told = [
        call(house, "GetInfo", T.TGetInfoReq(session, kind)).infoValue.stringValue
        for kind in (kinds.CLI_SERVER_NAME, kinds.CLI_DBMS_NAME)
    ]
    assert told == ["Spark SQL", "Spark SQL"]
    refused = call(house, "GetInfo", T.TGetInfoReq(session, kinds.CLI_MAX_COLUMN_NAME_LEN)).status
    assert (refused.statusCode, refused.sqlState) == (T.TStatusCode.ERROR_STATUS, "0A000")


def test_types_and_kinds_of_tables_can_be_looked_up(house: Workspace) -> None:
    session, limits = open_session(house), T.TSparkGetDirectResults(100, 2**20)
    types = call(house, "GetTypeInfo", T.TGetTypeInfoReq(session, limits)).directResults.resultSet.results
    assert {"BIGINT", "DECIMAL", "TIMESTAMP_NTZ"} <= set(types.columns[0].stringVal.values)
    kinds = call(house, "GetTableTypes", T.TGetTableTypesReq(session, limits)).directResults.resultSet.results
    assert kinds.columns[0].stringVal.values == ["TABLE", "VIEW"]


@pytest.mark.parametrize(
    ("method", "request_type"),
    [
        ("GetFunctions", T.TGetFunctionsReq),
        ("GetPrimaryKeys", T.TGetPrimaryKeysReq),
        ("GetCrossReference", T.TGetCrossReferenceReq),
    ],
)
def test_what_it_does_not_do_it_refuses_by_name(house: Workspace, method: str, request_type: Any) -> None:
    request = request_type(open_session(house))
    if method == "GetFunctions":
        request.functionName = "f"
    status = call(house, method, request).status
    assert status.errorMessage == f"[UNSUPPORTED_FEATURE] {method} is not supported. SQLSTATE: 0A000"


def test_rows_are_not_fetched_backwards(house: Workspace) -> None:
    answer = execute(house, open_session(house), "RANGE 9", getDirectResults=None)
    request = T.TFetchResultsReq(answer.operationHandle, T.TFetchOrientation.FETCH_PRIOR, 10)
    assert "only fetched in order" in call(house, "FetchResults", request).status.errorMessage


@pytest.mark.parametrize(
    ("method", "request_type"),
    [
        ("GetOperationStatus", T.TGetOperationStatusReq),
        ("CancelOperation", T.TCancelOperationReq),
        ("CloseOperation", T.TCloseOperationReq),
        ("FetchResults", T.TFetchResultsReq),
        ("GetResultSetMetadata", T.TGetResultSetMetadataReq),
    ],
)
def test_an_operation_that_is_closed_is_unknown(house: Workspace, method: str, request_type: Any) -> None:
    session = open_session(house)
    handle = execute(house, session, "SELECT 1").operationHandle
    request = request_type(handle)
    if method == "FetchResults":
        request.orientation, request.maxRows = T.TFetchOrientation.FETCH_NEXT, 1
    status = call(house, method, request).status
    assert status.statusCode == T.TStatusCode.INVALID_HANDLE_STATUS
    assert status.errorMessage.startswith(
        "Invalid OperationHandle: OperationHandle [opType=EXECUTE_STATEMENT"
    )


def test_a_handle_that_is_none_is_unknown(house: Workspace) -> None:
    session = T.TSessionHandle(T.THandleIdentifier(b"short", b""))
    status = execute(house, session, "SELECT 1").status
    assert status.errorMessage == f"Invalid SessionHandle: SessionHandle [{b'short'.hex()}]"


def test_a_method_that_is_unknown_is_refused(house: Workspace) -> None:
    sent = TMemoryBuffer()
    protocol = TBinaryProtocol(sent)
    protocol.writeMessageBegin("GetEverything", TMessageType.CALL, 0)
    T.TGetInfoReq(T.TSessionHandle(T.THandleIdentifier(b"", b"")), 0).write(protocol)
    protocol.writeMessageEnd()
    answer = TMemoryBuffer(post(house, sent.getvalue()).content)
    with pytest.raises(TApplicationException, match="Unknown function GetEverything"):
        client(answer).recv_GetInfo()


@pytest.mark.parametrize("body", [b"", b"nonsense", b"\x80\x01\x00\x01\x00\x00\x00\x0bOpenSession"])
def test_what_is_no_call_is_refused(house: Workspace, body: bytes) -> None:
    answer = post(house, body)
    assert answer.status_code == 400
    assert answer.headers["x-thriftserver-error-message"].startswith("BAD_REQUEST: the call cannot be read")
