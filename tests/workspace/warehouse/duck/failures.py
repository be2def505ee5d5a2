"""DuckDB's errors in Databricks' words."""

import re

import duckdb

from tests.workspace.warehouse.engine import SqlError

OURS = re.compile(r"\[([A-Z][A-Z0-9_.]+)\] (.*) SQLSTATE: ([A-Z0-9]{5})", re.DOTALL)
NAMES = {
    "INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INT", "INT64": "BIGINT", "INT128": "BIGINT",
    "FLOAT": "FLOAT",
    "DOUBLE": "DOUBLE",
}  # fmt: skip
OUT_OF_RANGE = re.compile(
    r"Type (\w+)(?:\([\d, ]*\))? with value (\S+) can't be cast .* destination type (\w+)"
)
TOO_LONG = re.compile(r'Casting value "([^"]*)" to type DECIMAL\((\d+),\s*(\d+)\) failed')
UNFIT = re.compile(r"Could not cast value (\S+) to DECIMAL\((\d+),\s*(\d+)\)")
OVERFLOW = re.compile(r"Overflow in (\w+)")


def translated(error: duckdb.Error) -> SqlError:
    """What Databricks would have said."""
    text = str(error)
    ours = OURS.search(text)
    if ours is not None:
        return SqlError(ours[1], ours[2], ours[3])
    if isinstance(error, duckdb.InterruptException):
        return SqlError("OPERATION_CANCELED", "Operation has been canceled.", "HY008")
    return _number(text) or _other(text)


def _number(text: str) -> SqlError | None:
    found = OUT_OF_RANGE.search(text)
    if found is not None and found[1] == "INT128":
        return _overflow("long overflow")
    if found is not None:
        source, target = NAMES.get(found[1], found[1]), NAMES.get(found[3], found[3])
        message = (
            f'The value {found[2]} of the type "{source}" cannot be cast to "{target}" due to an overflow. '
            "Use `try_cast` to tolerate overflow and return NULL instead."
        )
        return SqlError("CAST_OVERFLOW", message, "22003")
    found = TOO_LONG.search(text) or UNFIT.search(text)
    if found is not None:
        message = f"{found[1]} cannot be represented as Decimal({found[2]}, {found[3]})."
        return SqlError("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", message, "22003")
    found = OVERFLOW.search(text)
    return _overflow(f"Overflow in {found[1]}") if found else None


def _overflow(what: str) -> SqlError:
    return SqlError(
        "ARITHMETIC_OVERFLOW", f"{what}. Use a wider type or `try_` functions to tolerate it.", "22003"
    )


def _other(text: str) -> SqlError:
    if "Map keys must be unique" in text:
        return SqlError(
            "DUPLICATED_MAP_KEY", "Duplicate map key was found, please check the input data.", "23505"
        )
    if "Map keys can not be NULL" in text:
        return SqlError("NULL_MAP_KEY", "Cannot use null as map key.", "2200E")
    if "More than one row returned by a subquery" in text:
        return SqlError(
            "SCALAR_SUBQUERY_TOO_MANY_ROWS",
            "More than one row returned by a subquery used as an expression.",
            "21000",
        )
    if "must appear in the GROUP BY clause" in text:
        message = (
            "The non-aggregating expression is based on columns which are not participating in "
            "the GROUP BY clause."
        )
        return SqlError("MISSING_AGGREGATION", message, "42803")
    if "Table with name" in text and "does not exist" in text:
        return SqlError("TABLE_OR_VIEW_NOT_FOUND", "A table was dropped while the statement ran.", "42P01")
    if "invalid UTF8" in text:
        return SqlError("INVALID_UTF8_STRING", "Invalid UTF8 byte sequence found in string.", "22029")
    first = text.strip().splitlines()[0]
    return SqlError("UNSUPPORTED_FEATURE.LOCAL_WAREHOUSE", f"The feature is not supported: {first}.", "0A000")
