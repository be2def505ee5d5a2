"""Databricks' errors as the contract's."""

import pytest

from backends import errors
from backends.warehouse.faults import (
    DUPLICATE_KEY,
    Failed,
    is_concurrent,
    is_missing_catalog,
    is_starting,
    too_many,
    translated,
)

SECRET = "`main`.`secret`.`rows`"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[TABLE_OR_VIEW_NOT_FOUND] The table or view {} cannot be found. SQLSTATE: 42P01", errors.NotFound),
        (
            "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column {} cannot be resolved. SQLSTATE: 42703",
            errors.NotFound,
        ),
        ("[SCHEMA_NOT_FOUND] The schema {} cannot be found. SQLSTATE: 42704", errors.NotFound),
        ("[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] NOT NULL: {} SQLSTATE: 23502", errors.Conflict),
        ("[DELTA_VIOLATE_CONSTRAINT_WITH_VALUES] CHECK {} SQLSTATE: 23001", errors.Conflict),
        ("[DELTA_EXCEED_CHAR_VARCHAR_LIMIT] {} SQLSTATE: 22001", errors.Invalid),
        ("[CAST_INVALID_INPUT] {} SQLSTATE: 22018", errors.Invalid),
        (f"[USER_RAISED_EXCEPTION] {DUPLICATE_KEY} SQLSTATE: P0001", errors.Conflict),
        ("[PARSE_SYNTAX_ERROR] near {} SQLSTATE: 42601", errors.Unsupported),
        ("[OPERATION_CANCELED] {} SQLSTATE: HY008", errors.Timeout),
        ("[INTERNAL_ERROR] {} SQLSTATE: XX000", errors.BackendError),
        ("java.lang.OutOfMemoryError: {}", errors.BackendError),
        ("", errors.BackendError),
    ],
)
def test_a_failure_is_told_in_the_contracts_words(text: str, kind: type[errors.BackendError]) -> None:
    found = translated(Failed(text.format(SECRET)))
    assert type(found) is kind
    assert "SQLSTATE" not in found.message and SECRET not in found.message


def test_the_last_state_counts() -> None:
    text = "[A.B] it said 'SQLSTATE: 42P01' in vain. SQLSTATE: 23502"
    failed = Failed(f"org.apache.hive.service.cli.HiveSQLException: {text}")
    assert (failed.error_class, failed.state) == ("A.B", "23502")


@pytest.mark.parametrize(
    ("text", "grant"),
    [
        ("User does not have SELECT on Table 'a.b.c'.", "GRANT SELECT ON TABLE `a`.`b`.`c` TO"),
        ("User does not have USE SCHEMA on Schema 'a.b'.", "GRANT USE SCHEMA ON SCHEMA `a`.`b` TO"),
        ("User does not have USE CATALOG on Catalog 'a'.", "GRANT USE CATALOG ON CATALOG `a` TO"),
        ("User is not an owner of Table 'a.b.c'.", "GRANT MANAGE ON TABLE `a`.`b`.`c` TO"),
        ("User does not have CREATE TABLE on Schema 'a.b'.", "GRANT CREATE TABLE ON SCHEMA `a`.`b` TO"),
    ],
)
def test_a_missing_privilege_is_named(text: str, grant: str) -> None:
    said = f"[INSUFFICIENT_PERMISSIONS] Insufficient privileges: {text} SQLSTATE: 42501"
    found = translated(Failed(said))
    assert type(found) is errors.Forbidden
    assert (found.details["grants"], grant in found.message) == ([grant], True)


def test_a_refusal_that_names_no_privilege_is_a_refusal() -> None:
    assert type(translated(Failed("[PERMISSION_DENIED] no. SQLSTATE: 42501"))) is errors.Forbidden


def test_too_many_rows_are_counted() -> None:
    failed = Failed("[USER_RAISED_EXCEPTION] lakegate: rows match 7 SQLSTATE: P0001")
    found = too_many(failed, 3)
    assert found is not None
    assert found.message == "7 rows match, more than max_affected allows (3)"
    assert too_many(Failed("[OTHER] x"), 3) is None


@pytest.mark.parametrize(
    ("text", "concurrent"),
    [
        ("[DELTA_CONCURRENT_APPEND] x SQLSTATE: 2D521", True),
        ("[DELTA_CONCURRENT_DELETE_READ.WITHOUT_HINT] x SQLSTATE: 2D521", True),
        ("[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] x SQLSTATE: 23502", False),
    ],
)
def test_a_write_that_others_came_before_is_known(text: str, concurrent: bool) -> None:
    assert is_concurrent(Failed(text)) == concurrent


def test_a_missing_catalog_is_known() -> None:
    assert is_missing_catalog(
        Failed("[NO_SUCH_CATALOG_EXCEPTION] Catalog 'x' was not found. SQLSTATE: 42704")
    )
    assert not is_missing_catalog(Failed("[SCHEMA_NOT_FOUND] x SQLSTATE: 42704"))


@pytest.mark.parametrize(
    "text", ["Session handle 1 has not been initialized", "Couldn't create /local_disk0/x"]
)
def test_a_warehouse_that_is_not_ready_is_known(text: str) -> None:
    assert is_starting(text)


def test_an_error_that_quotes_what_a_statement_would_raise_is_not_taken_for_it() -> None:
    quoting = Failed("[DELTA_X] in operator !Merge (raise_error(lakegate: primary key)) SQLSTATE: XX000")
    assert type(translated(quoting)) is errors.BackendError
    raised = Failed("[USER_RAISED_EXCEPTION] lakegate: primary key SQLSTATE: P0001")
    assert type(translated(raised)) is errors.Conflict
