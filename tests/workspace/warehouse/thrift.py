"""The warehouse's protocol, as the SQL connector brings it; its types have no annotations."""

import uuid
from typing import Any

from databricks.sql.thrift_api.TCLIService import TCLIService, ttypes
from thrift.protocol.TBinaryProtocol import TBinaryProtocolAccelerated
from thrift.transport.TTransport import TMemoryBuffer, TTransportException

T: Any = ttypes
_SERVICE: Any = TCLIService
SECRET = b"\x00" * 16  # of handles: whoever has a session's bearer may use it
# The library's own limits are for peers that nobody knows; a statement's values are counted elsewhere.
UNLIMITED = {"string_length_limit": None, "container_length_limit": None}


class Through(TTransportException):  # type: ignore[misc]
    """Carries its cause through the generated processor, which keeps back all other exceptions."""


class InvalidHandle(Exception):
    """A session or an operation is unknown, or has ended."""


def process(conversation: object, body: bytes) -> bytes:
    """What a conversation answers to one encoded call.

    Raises:
        EOFError: the call is cut short.
        TException: it is no call.
    """
    answer = TMemoryBuffer()
    calls = TBinaryProtocolAccelerated(TMemoryBuffer(body), **UNLIMITED)
    replies = TBinaryProtocolAccelerated(answer, **UNLIMITED)
    try:
        _SERVICE.Processor(conversation).process(calls, replies)
    except Through as error:
        raise (error.__cause__ or error) from None
    return bytes(answer.getvalue())


def success() -> Any:
    """The status of what went well."""
    return T.TStatus(statusCode=T.TStatusCode.SUCCESS_STATUS)


def failure(message: str, sqlstate: str) -> Any:
    """The status of what did not."""
    code = T.TStatusCode.ERROR_STATUS
    return T.TStatus(statusCode=code, errorMessage=message, displayMessage=message, sqlState=sqlstate)


def session_handle(session: bytes) -> Any:
    """A session's handle, as clients have it."""
    return T.TSessionHandle(T.THandleIdentifier(session, SECRET))


def operation_handle(operation: bytes) -> Any:
    """An operation's handle, as clients have it."""
    identifier = T.THandleIdentifier(operation, SECRET)
    return T.TOperationHandle(identifier, T.TOperationType.EXECUTE_STATEMENT, True)


def unknown_session(session: bytes) -> InvalidHandle:
    """What is said of a session that is not there."""
    return InvalidHandle(f"Invalid SessionHandle: SessionHandle [{written(session)}]")


def unknown_operation(operation: bytes) -> InvalidHandle:
    """What is said of an operation that is not there."""
    return InvalidHandle(
        "Invalid OperationHandle: OperationHandle [opType=EXECUTE_STATEMENT, "
        f"getHandleIdentifier()={written(operation)}]"
    )


def written(handle: bytes) -> str:
    """A handle's id as messages have it."""
    return str(uuid.UUID(bytes=handle)) if len(handle) == 16 else handle.hex()
