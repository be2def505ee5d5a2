"""What Spark and Delta Lake throw, as errors in Databricks' form."""

from collections.abc import Callable
from typing import Any

from py4j.java_gateway import is_instance_of
from py4j.protocol import Py4JJavaError

from tests.workspace.warehouse.engine import SqlError

UNKNOWN_STATE = "XX000"
NOT_NULL_ENDS = "IS NOT NULL) SQLSTATE: 23512"


def canceled() -> SqlError:
    """Somebody ended the statement."""
    return SqlError("OPERATION_CANCELED", "Operation has been canceled.", "HY008")


def translated(gateway: Any, error: Py4JJavaError, reword: Callable[[str], str]) -> SqlError:
    """The error of the innermost exception that has an error class, its message reworded."""
    found, thrown = None, error.java_exception
    while thrown is not None:
        if is_instance_of(gateway, thrown, "org.apache.spark.SparkThrowable") and thrown.getCondition():
            found = thrown
        thrown = thrown.getCause()
    if found is None:
        return SqlError("INTERNAL_ERROR", str(error.java_exception.toString()), UNKNOWN_STATE)
    state = found.getSqlState() or UNKNOWN_STATE
    message = found.getMessage().strip().removeprefix(f"[{found.getCondition()}] ")
    head, mark, _ = message.rpartition(f" SQLSTATE: {state}")
    return SqlError(found.getCondition(), reword(head if mark else message), state)


def of_null(error: SqlError, mark: str) -> SqlError:
    """The error as Databricks has it, where a CHECK with this mark in its name stood for NOT NULL."""
    text = str(error)
    if error.error_class == "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES" and f"constraint {mark}" in text:
        message = "NOT NULL constraint violated for a column."
        return SqlError("DELTA_NOT_NULL_CONSTRAINT_VIOLATED", message, "23502")
    if error.error_class == "DELTA_NEW_CHECK_CONSTRAINT_VIOLATION" and text.rstrip().endswith(NOT_NULL_ENDS):
        return SqlError("DELTA_NEW_NOT_NULL_VIOLATION", "rows violate the new NOT NULL constraint", "23512")
    return error
