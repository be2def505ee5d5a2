"""What another principal may not yet do in a schema of Unity Catalog, as the SQL that lets it.

https://docs.databricks.com/en/sql/language-manual/security-show-grant.html : SHOW GRANTS also has what was
given further up.
"""

from collections.abc import Iterable, Iterator

from backends.plan import TableName
from backends.warehouse.defining import create_schema
from backends.warehouse.driver import Session
from backends.warehouse.faults import Failed, is_missing_schema
from backends.warehouse.inlining import quoted

EVERYTHING = "ALL PRIVILEGES"
ON_CATALOG = ("USE CATALOG",)
ON_SCHEMA = ("USE SCHEMA", "CREATE TABLE", "SELECT", "MODIFY")


def missing(session: Session, usual: TableName, principal: str) -> tuple[str, ...]:
    """The statements that are missing so that a principal may use a schema; see `Backend.admission`.

    Raises:
        Failed, and what else `Session.run` does.
    """
    return tuple(_statements(session, usual, quoted(principal)))


def _statements(session: Session, usual: TableName, principal: str) -> Iterator[str]:
    catalog = f"CATALOG {quoted(usual.catalog)}"
    schema = f"SCHEMA {quoted(usual.catalog)}.{quoted(usual.schema.lower())}"
    on_catalog = _given(session, principal, catalog)
    try:
        on_schema = _given(session, principal, schema)
    except Failed as error:
        if not is_missing_schema(error):
            raise
        on_schema = set()
        yield create_schema(usual)
    yield from _granted(ON_CATALOG, on_catalog, f"ON {catalog} TO {principal}")
    yield from _granted(ON_SCHEMA, on_catalog | on_schema, f"ON {schema} TO {principal}")


def _given(session: Session, principal: str, on: str) -> set[str]:
    """What a principal was given on something, or on what it is in."""
    rows = session.run(f"SHOW GRANTS {principal} ON {on}")
    return {str(row[1]).upper().replace("_", " ") for row in rows}


def _granted(wanted: Iterable[str], given: set[str], to: str) -> Iterator[str]:
    lacking = [privilege for privilege in wanted if privilege not in given]
    if lacking and EVERYTHING not in given:
        yield f"GRANT {', '.join(lacking)} {to}"
