"""Unity Catalog's tables described in the contract's words, and made from them.

https://docs.databricks.com/en/sql/language-manual/sql-ref-information-schema.html
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from backends import errors, types
from backends.plan import Column, Kind, Table, TableName, TableSummary
from backends.warehouse.driver import Session
from backends.warehouse.faults import Failed, is_missing_catalog, is_missing_schema, is_there
from backends.warehouse.inlining import literal, quoted
from backends.warehouse.names import comment_for, spelled
from backends.warehouse.spelling import carried

STAGING = "lakegate_staging_"  # how the names of tables begin that a large write goes through
IDENTITY = "identity"  # the default of a column that the table numbers
_OWN_SCHEMA = "information_schema"
_NOT_IN_FILES = frozenset(
    " ,;{}()\n\t="
)  # names with these need column mapping: Delta's files cannot have them
_IDENTITY = re.compile(
    r"^\s*`?((?:[^`]|``)+?)`?\s+BIGINT\b.*\bGENERATED (ALWAYS|BY DEFAULT) AS IDENTITY", re.MULTILINE
)

_FIELD = re.compile(r"`(?:[^`]|``)*`|(?<=[<,])([^`<>(),:]+):")


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
    rows = [_Described(*row) for row in session.run(_describing(name.catalog), 4 * _place(name))]
    if not rows or not _is_spelled(name, rows[0]):
        raise errors.NotFound(f'there is no table "{name}"')
    identities = _identities(session, name, rows)
    key = tuple(row.column for row in sorted((row for row in rows if row.key), key=lambda row: row.key or 0))
    columns = tuple(_column(name, row, identities) for row in rows)
    return Table(name, columns, key, _kind(rows[0].kind))


def create(session: Session, table: Table) -> bool:
    """Create a table, and the schema and catalog where they are missing; False if it is there.

    Raises:
        Conflict: there is one whose name differs in case only.
        Unsupported: a column's values could not be written.
    """
    for column in table.columns:
        carried(column.type)  # what cannot be written is refused before it is made
    _refuse_another_schema(session, table.name)
    try:
        session.run(_ddl(table))
    except Failed as error:
        if is_there(error):
            _refuse_another_table(session, table.name)
            return False
        if not is_missing_schema(error):
            raise
        _create_schema(session, table.name)
        return create(session, table)
    return True


def drop(session: Session, name: TableName) -> None:
    """Remove a table or view.

    Raises:
        NotFound: there is none.
    """
    own = _information(name.catalog)
    rows = session.run(
        "SELECT t.table_type, s.schema_name, s.comment AS schema_comment, t.table_name, t.comment"  # noqa: S608 - quoted
        f" FROM {own}.tables AS t JOIN {own}.schemata AS s ON s.schema_name = t.table_schema"
        " WHERE t.table_schema = ? AND t.table_name = ?",
        _place(name),
    )
    for kind, *kept in rows:
        if (spelled(*kept[:2]), spelled(*kept[2:])) == (name.schema, name.table):
            session.run(f"DROP {_kind(kind).upper()} {full_name(name)}")
            return
    raise errors.NotFound(f'there is no table "{name}"')


def full_name(name: TableName) -> str:
    """A table's three names as SQL has them."""
    return f"{quoted(name.catalog)}.{quoted(name.schema.lower())}.{quoted(name.table.lower())}"


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


def _identities(session: Session, name: TableName, rows: list[_Described]) -> dict[str, bool]:
    """The columns that are numbered by the table, and whether always: only its own text tells."""
    if not any(row.type == "bigint" and row.default is None for row in rows) or _kind(rows[0].kind) == "view":
        return {}
    ((text, *_),) = session.run(f"SHOW CREATE TABLE {full_name(name)}")
    return {found[0].replace("``", "`"): found[1] == "ALWAYS" for found in _IDENTITY.findall(text)}


def _column(name: TableName, row: _Described, identities: dict[str, bool]) -> Column:
    try:
        type_ = types.parse(_FIELD.sub(_quoted_field, row.type))
    except types.TypeSyntaxError as error:
        raise errors.Unsupported(
            f'column "{row.column}" of "{name}" has the type {row.type}, which this gateway does not know'
        ) from error
    numbered = row.column in identities
    return Column(
        row.column,
        type_,
        row.nullable == "YES",
        row.column_comment or None,
        IDENTITY if numbered else row.default,
        identities.get(row.column, False),
    )


def _quoted_field(match: re.Match[str]) -> str:
    """A field's name as `types.parse` takes it: Unity Catalog need not quote any."""
    return f"{quoted(match[1])}:" if match[1] else match[0]


def _kind(kind: str) -> Kind:
    return "view" if "VIEW" in kind else "table"


def _ddl(table: Table) -> str:
    parts = list(map(_column_ddl, table.columns))
    if table.primary_key:
        parts.append(f"PRIMARY KEY ({', '.join(map(quoted, table.primary_key))})")
    return f"CREATE TABLE {full_name(table.name)} ({', '.join(parts)})" + "".join(_options(table))


def _column_ddl(column: Column) -> str:
    null = "" if column.nullable else " NOT NULL"
    default = f" DEFAULT {column.default}" if column.default is not None else ""
    comment = f" COMMENT {literal(column.comment)}" if column.comment else ""
    return f"{quoted(column.name)} {column.type}{null}{default}{comment}"


def _options(table: Table) -> Iterator[str]:
    if comment := comment_for(table.name.table):
        yield f" COMMENT {literal(comment)}"
    if properties := ", ".join(_properties(table)):
        yield f" TBLPROPERTIES ({properties})"


def _properties(table: Table) -> Iterator[str]:
    if any(column.default is not None for column in table.columns):
        yield "'delta.feature.allowColumnDefaults' = 'supported'"
    if any(
        _NOT_IN_FILES & set(name) for column in table.columns for name in _names(column.name, column.type)
    ):
        yield "'delta.columnMapping.mode' = 'name'"


def _names(name: str, type_: types.Type) -> Iterator[str]:
    """The name of a column or field, and those of the fields in it."""
    yield name
    match type_:
        case types.Array(element):
            yield from _names("", element)
        case types.Map(key, value):
            yield from (*_names("", key), *_names("", value))
        case types.Struct(fields):
            for each, field in fields:
                yield from _names(each, field)


def _create_schema(session: Session, name: TableName) -> None:
    comment = comment_for(name.schema)
    told = f" COMMENT {literal(comment)}" if comment else ""
    session.run(f"CREATE SCHEMA IF NOT EXISTS {quoted(name.catalog)}.{quoted(name.schema.lower())}{told}")


def _refuse_another_schema(session: Session, name: TableName) -> None:
    """Refuse a schema whose name differs in case only; make the catalog if it is missing."""
    text = f"SELECT schema_name, comment FROM {_information(name.catalog)}.schemata WHERE schema_name = ?"  # noqa: S608
    try:
        rows = session.run(text, [name.schema.lower()])
    except Failed as error:
        if not is_missing_catalog(error):
            raise
        session.run(f"CREATE CATALOG IF NOT EXISTS {quoted(name.catalog)}")
        return
    for kept, comment in rows:
        if spelled(kept, comment) != name.schema:
            raise errors.Conflict(f'"{name}" differs only in case from what exists')


def _refuse_another_table(session: Session, name: TableName) -> None:
    rows = [_Described(*row) for row in session.run(_describing(name.catalog), 4 * _place(name))]
    if rows and not _is_spelled(name, rows[0]):
        raise errors.Conflict(f'"{name}" differs only in case from what exists')
