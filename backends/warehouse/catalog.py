"""Unity Catalog's tables described in the contract's words, and made from them.

https://docs.databricks.com/en/sql/language-manual/sql-ref-information-schema.html
"""

import re
from typing import Any, NamedTuple

from backends import errors, types
from backends.plan import Column, Kind, Table, TableName, TableSummary
from backends.structure import Structure
from backends.warehouse.defining import create_schema, create_table, full_name
from backends.warehouse.driver import Session
from backends.warehouse.faults import Failed, is_missing_catalog, is_missing_schema, is_there
from backends.warehouse.inlining import quoted
from backends.warehouse.names import said, spelled
from backends.warehouse.spelling import carried

STAGING = "lakegate_staging_"  # how the names of tables begin that a large write goes through
IDENTITY = "identity"  # the default of a column that the table numbers
HELPER = "lakegate_new_column"  # while a column becomes another one beside it; nobody sees it
_OWN_SCHEMA = "information_schema"
_IDENTITY = re.compile(
    r"^\s*`?((?:[^`]|``)+?)`?\s+BIGINT\b.*\bGENERATED (ALWAYS|BY DEFAULT) AS IDENTITY"
    r"(?: \(START WITH (-?\d+) INCREMENT BY (-?\d+)\))?",
    re.MULTILINE,
)

_FIELD = re.compile(r"`(?:[^`]|``)*`|(?<=[<,])([^`<>(),:]+):")


class Numbered(NamedTuple):
    """How a table numbers a column."""

    always: bool
    start: int
    step: int


class Description(NamedTuple):
    """A table, its comment, and its columns that are numbered."""

    table: Table
    comment: str | None
    numbered: dict[str, Numbered]


class _Described(NamedTuple):
    """A row of `_describing`: a column of a table."""

    schema: str
    schema_comment: str | None
    table: str
    kind: str
    comment: str | None
    column: str
    type: str
    nullable: str
    default: str | None
    column_comment: str | None
    key: int | None


def catalogs(session: Session) -> tuple[str, ...]:
    """The catalogs that the principal sees."""
    return tuple(sorted(str(row[0]) for row in session.run("SHOW CATALOGS") if row[0] != "system"))


def schemas(session: Session, catalog: str) -> tuple[str, ...]:
    """The schemas of a catalog, but for Unity Catalog's own."""
    rows = session.run(f"SELECT schema_name, comment FROM {_information(catalog)}.schemata")  # noqa: S608 - quoted
    return tuple(sorted(spelled(name, comment) for name, comment in rows if name != _OWN_SCHEMA))


def tables(session: Session, catalog: str, schema: str) -> tuple[TableSummary, ...]:
    """The tables and views of a schema."""
    rows = session.run(
        f"SELECT table_name, table_type, comment FROM {_information(catalog)}.tables WHERE table_schema = ?",  # noqa: S608
        [schema.lower()],
    )
    found = (
        TableSummary(spelled(name, comment), _kind(kind))
        for name, kind, comment in rows
        if not name.startswith(STAGING)
    )
    return tuple(sorted(found, key=lambda summary: summary.name))


def describe(session: Session, name: TableName) -> Table:
    """A table as Unity Catalog describes it.

    Raises:
        NotFound: there is no such table.
        Unsupported: a column has a type that the contract does not know.
    """
    return described(session, name).table


def described(session: Session, name: TableName) -> Description:
    """A table as Unity Catalog describes it. Raises as `describe` does."""
    rows = [_Described(*row) for row in session.run(_describing(name.catalog), 4 * _place(name))]
    if not rows or not _is_spelled(name, rows[0]):
        raise errors.NotFound(f'there is no table "{name}"')
    identities = _identities(session, name, rows)
    key = tuple(row.column for row in sorted((row for row in rows if row.key), key=lambda row: row.key or 0))
    columns = tuple(_column(name, row, identities) for row in rows if row.column != HELPER)
    table = Table(name, columns, key, _kind(rows[0].kind))
    return Description(table, said(rows[0].table, rows[0].comment), identities)


def create(session: Session, table: Table) -> bool:
    """Create a table, and the schema and catalog where they are missing; False if it is there.

    Raises:
        Conflict: there is one whose name differs in case only.
        Unsupported: a column's values could not be written.
    """
    for column in table.columns:
        carried(column.type)  # what cannot be written is refused before it is made
    prepare_schema(session, table.name)
    try:
        session.run(create_table(Structure(table)))
    except Failed as error:
        if is_there(error):
            _refuse_another_table(session, table.name)
            return False
        if not is_missing_schema(error):
            raise
        session.run(create_schema(table.name))
        return create(session, table)
    return True


def prepare_schema(session: Session, name: TableName) -> bool:
    """Whether a table's schema is there; the catalog is made if it is missing.

    Raises:
        Conflict: there is one whose name differs in case only.
    """
    text = f"SELECT schema_name, comment FROM {_information(name.catalog)}.schemata WHERE schema_name = ?"  # noqa: S608
    try:
        rows = session.run(text, [name.schema.lower()])
    except Failed as error:
        if not is_missing_catalog(error):
            raise
        session.run(f"CREATE CATALOG IF NOT EXISTS {quoted(name.catalog)}")
        return False
    for kept, comment in rows:
        if spelled(kept, comment) != name.schema:
            raise errors.Conflict(f'"{name}" differs only in case from what exists')
    return bool(rows)


def drop(session: Session, name: TableName) -> None:
    """Remove a table or view.

    Raises:
        NotFound: there is none.
    """
    for kind, *kept in _found(session, name):
        if (spelled(*kept[:2]), spelled(*kept[2:])) == (name.schema, name.table):
            session.run(f"DROP {_kind(kind).upper()} {full_name(name)}")
            return
    raise errors.NotFound(f'there is no table "{name}"')


def spelled_name(session: Session, name: TableName) -> TableName:
    """The name that a table was given, by those that Unity Catalog keeps."""
    for _, *kept in _found(session, name):
        return TableName(name.catalog, spelled(*kept[:2]), spelled(*kept[2:]))
    return name


def _found(session: Session, name: TableName) -> list[tuple[Any, ...]]:
    """What kind a table is, its schema and itself: the names that are kept, and their comments."""
    own = _information(name.catalog)
    return session.run(
        "SELECT t.table_type, s.schema_name, s.comment AS schema_comment, t.table_name, t.comment"  # noqa: S608 - quoted
        f" FROM {own}.tables AS t JOIN {own}.schemata AS s ON s.schema_name = t.table_schema"
        " WHERE t.table_schema = ? AND t.table_name = ?",
        _place(name),
    )


def _information(catalog: str) -> str:
    return f"{quoted(catalog)}.{_OWN_SCHEMA}"


def _place(name: TableName) -> list[str]:
    return [name.schema.lower(), name.table.lower()]


def _describing(catalog: str) -> str:
    """A table's columns; each relation is asked for one table alone, for it is long and not indexed."""
    own, here = _information(catalog), "WHERE table_schema = ? AND table_name = ?"
    return (
        "SELECT t.table_schema, s.comment AS schema_comment, t.table_name, t.table_type,"  # noqa: S608 - quoted
        " t.comment AS table_comment, c.column_name, c.full_data_type, c.is_nullable, c.column_default,"
        " c.comment AS column_comment, k.place"
        f" FROM (SELECT table_schema, table_name, table_type, comment FROM {own}.tables {here}) AS t"
        f" JOIN {own}.schemata AS s ON s.schema_name = t.table_schema"
        " JOIN (SELECT column_name, full_data_type, is_nullable, column_default, comment, ordinal_position"
        f" FROM {own}.columns {here}) AS c ON true"
        " LEFT JOIN (SELECT u.column_name, u.ordinal_position AS place"
        " FROM (SELECT column_name, ordinal_position, constraint_name"
        f" FROM {own}.key_column_usage {here}) AS u"
        f" JOIN (SELECT constraint_name, constraint_type FROM {own}.table_constraints {here}) AS x"
        " ON x.constraint_name = u.constraint_name WHERE x.constraint_type = 'PRIMARY KEY') AS k"
        " ON k.column_name = c.column_name ORDER BY c.ordinal_position"
    )


def _is_spelled(name: TableName, row: _Described) -> bool:
    found = (spelled(row.schema, row.schema_comment), spelled(row.table, row.comment))
    return found == (name.schema, name.table)


def _identities(session: Session, name: TableName, rows: list[_Described]) -> dict[str, Numbered]:
    """The columns that are numbered by the table: only its own text tells."""
    if not any(row.type == "bigint" and row.default is None for row in rows) or _kind(rows[0].kind) == "view":
        return {}
    ((text, *_),) = session.run(f"SHOW CREATE TABLE {full_name(name)}")
    return {
        column.replace("``", "`"): Numbered(when == "ALWAYS", int(start or 1), int(step or 1))
        for column, when, start, step in _IDENTITY.findall(text)
    }


def _column(name: TableName, row: _Described, identities: dict[str, Numbered]) -> Column:
    try:
        type_ = types.parse(_FIELD.sub(_quoted_field, row.type))
    except types.TypeSyntaxError as error:
        raise errors.Unsupported(
            f'column "{row.column}" of "{name}" has the type {row.type}, which this gateway does not know'
        ) from error
    numbered = identities.get(row.column)
    return Column(
        row.column,
        type_,
        row.nullable == "YES",
        row.column_comment or None,
        IDENTITY if numbered else row.default,
        numbered is not None and numbered.always,
    )


def _quoted_field(match: re.Match[str]) -> str:
    """A field's name as `types.parse` takes it: Unity Catalog need not quote any."""
    return f"{quoted(match[1])}:" if match[1] else match[0]


def _kind(kind: str) -> Kind:
    return "view" if "VIEW" in kind else "table"


def _refuse_another_table(session: Session, name: TableName) -> None:
    rows = [_Described(*row) for row in session.run(_describing(name.catalog), 4 * _place(name))]
    if rows and not _is_spelled(name, rows[0]):
        raise errors.Conflict(f'"{name}" differs only in case from what exists')
