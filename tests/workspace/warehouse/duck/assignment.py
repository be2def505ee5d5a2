"""Values on their way into a table's columns: cast as Spark's store assignment does, and checked."""

from __future__ import annotations

from tests.workspace.warehouse.duck.casts import cast, field_of
from tests.workspace.warehouse.duck.compiler import Compiler
from tests.workspace.warehouse.duck.dialect import duck_type, literal, quoted
from tests.workspace.warehouse.duck.relations import physical_column
from tests.workspace.warehouse.duck.scope import Output, Relation, Scope, Typed
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.model import Column, Table
from tests.workspace.warehouse.unity.statement import parse_expression
from tests.workspace.warehouse.unity.types import BIGINT, FRACTIONS, SqlType


def stored(compiler: Compiler, table: Table, column: Column, value: Typed, *, inserted: bool) -> Typed:
    """A value as its column keeps it: cast, as Delta does.

    Raises:
        SqlError: it is of a type that cannot be cast to the column's.
    """
    found = value if value.type == column.type else _cast(compiler, value, column, inserted=inserted)
    return Typed(_limited(found.sql, column.type, column.name), column.type)


def default_of(compiler: Compiler, table: Table, column: Column) -> Typed:
    """What a column gets where a statement gives it nothing.

    Raises:
        SqlError: its default cannot be read.
    """
    if column.identity is not None:
        return Typed(f"nextval('s{column.number}')", BIGINT)
    if column.default is None:
        return Typed(f"CAST(NULL AS {duck_type(column.type)})", column.type)
    value = compiler.expression(parse_expression(column.default), Scope())
    return stored(compiler, table, column, value, inserted=True)


def must_take(table: Table, column: Column) -> None:
    """Let no value into a column that is always generated.

    Raises:
        SqlError: it is.
    """
    if column.identity is not None and column.identity.always:
        message = f"Providing values for GENERATED ALWAYS AS IDENTITY column {column.name} is not supported."
        raise SqlError("DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED", message, "42808")


def checks(compiler: Compiler, table: Table, alias: str) -> str:
    """A condition that holds for all new rows, and raises an error for one that must not be stored.

    In the SQL the new rows are called `alias`, and their columns have the table's physical names.

    Raises:
        SqlError: a check's condition cannot be read.
    """
    tests = [
        _not_null(column, f"{alias}.{physical_column(column)}")
        for column in table.columns
        if not column.nullable
    ]
    scope = Scope([new_rows(table, alias)])
    for check in table.checks:
        condition = compiler.condition(parse_expression(check.condition), scope)
        message = _violation(check.name, check.condition, table, alias)
        tests.append(f"CASE WHEN {condition} THEN true ELSE error({message})::BOOLEAN END")
    return " AND ".join(tests) or "true"


def new_rows(table: Table, alias: str) -> Relation:
    """Rows in SQL that have a table's columns under their physical names."""
    columns = (Output(c.name, c.type, f"{alias}.{physical_column(c)}") for c in table.columns)
    return Relation(table.name, tuple(columns))


def _not_null(column: Column, sql: str) -> str:
    message = (
        "[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] NOT NULL constraint violated for column: "
        f"{column.name}.\n SQLSTATE: 23502"
    )
    return f"CASE WHEN {sql} IS NULL THEN error({literal(message)})::BOOLEAN ELSE true END"


def _violation(name: str, condition: str, table: Table, alias: str) -> str:
    used = [c for c in table.columns if c.name.lower() in condition.lower() and not c.type.is_nested]
    start = (
        f"[DELTA_VIOLATE_CONSTRAINT_WITH_VALUES] CHECK constraint {name} ({condition}) violated "
        "by row with values:"
    )
    values = "".join(
        (
            f" || {literal(f'{chr(10)} - {c.name} : ')} || "
            f"coalesce(CAST({alias}.{physical_column(c)} AS VARCHAR), 'null')"
        )
        for c in used
    )
    return f"{literal(start)}{values} || ' SQLSTATE: 23001'"


def _cast(compiler: Compiler, value: Typed, column: Column, *, inserted: bool) -> Typed:
    target = column.type
    if value.type.name == "struct" and target.name == "struct" and value.type.names != target.names:
        return _struct_by_name(compiler, value, column)
    found = cast(compiler, value, target)
    if not value.type.is_numeric or found.sql == value.sql:
        return found
    if target.is_integer:
        low, high = _range(target)
        number = value.sql if value.type.is_integer else f"trunc({value.sql})"
        outside = f"{number} < {low} OR {number} > {high}"
    elif target.name == "decimal" and value.type.name not in FRACTIONS:
        outside = f"{value.sql} IS NOT NULL AND TRY_CAST({value.sql} AS {duck_type(target)}) IS NULL"
    else:
        return found
    message = literal(_overflow(value.type, column, inserted=inserted))
    return Typed(
        f"CASE WHEN {outside} THEN error({message})::{duck_type(target)} ELSE {found.sql} END", target
    )


def _overflow(source: SqlType, column: Column, *, inserted: bool) -> str:
    kinds = f'"{source.text.upper()}"', f'"{column.type.text.upper()}"'
    tolerate = (
        "Use `try_cast` on the input value to tolerate overflow and return NULL instead. SQLSTATE: 22003"
    )
    if inserted:
        return (
            f"[CAST_OVERFLOW_IN_TABLE_INSERT] Fail to assign a value of {kinds[0]} type to the "
            f"{kinds[1]} type column or variable {errors.quoted(column.name)} due to an overflow. {tolerate}"
        )
    return (
        f"[DELTA_CAST_OVERFLOW_IN_TABLE_WRITE] Failed to write a value of {kinds[0]} type into the "
        f"{kinds[1]} type column {column.name} due to an overflow.\n{tolerate}"
    )


def _range(kind: SqlType) -> tuple[str, str]:
    bits = {"tinyint": 7, "smallint": 15, "int": 31, "bigint": 63}[kind.name]
    return f"({-(1 << bits)})", str((1 << bits) - 1)


def _struct_by_name(compiler: Compiler, value: Typed, column: Column) -> Typed:
    target = column.type
    places = [value.type.field(name) for name in target.names]
    if len(value.type.names) != len(target.names) or None in places:
        missing = ", ".join(n for n, place in zip(target.names, places, strict=True) if place is None)
        message = (
            f"Cannot write incompatible data for the table: Struct {errors.quoted(column.name)} "
            f"missing fields: {missing}."
        )
        raise SqlError("INCOMPATIBLE_DATA_FOR_TABLE.STRUCT_MISSING_FIELDS", message, "KD000")
    fields = [
        f"{quoted(name)} := {cast(compiler, field_of(value, place), part).sql}"
        for name, place, part in zip(target.names, places, target.parts, strict=True)
        if place is not None
    ]
    return Typed(f"CASE WHEN {value.sql} IS NOT NULL THEN struct_pack({', '.join(fields)}) END", target)


def _limited(sql: str, kind: SqlType, name: str) -> str:
    """A text no longer than its column allows; a CHAR filled up with blanks."""
    if kind.name not in {"char", "varchar"}:
        return sql
    length = kind.precision
    start = literal('[DELTA_EXCEED_CHAR_VARCHAR_LIMIT] Value "')
    end = literal(
        f'" exceeds char/varchar type length limitation. Failed check: (isnull({errors.quoted(name)}) OR '
        f"(length({errors.quoted(name)}) <= {length})). SQLSTATE: 22001"
    )
    fits = f"rpad({sql}, {length}, ' ')" if kind.name == "char" else sql
    too_long = f"error({start} || {sql} || {end})::VARCHAR"
    return f"CASE WHEN length({sql}) <= {length} THEN {fits} WHEN {sql} IS NOT NULL THEN {too_long} END"
