"""What Spark and Delta Lake throw, as errors in Databricks' form."""

from collections.abc import Callable
from typing import Any

from py4j.java_gateway import is_instance_of
from py4j.protocol import Py4JJavaError

from tests.workspace.warehouse.engine import SqlError

UNKNOWN_STATE = "XX000"


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
