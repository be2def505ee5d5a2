"""Statements that find out the names of what they change, where Postgres or others gave the names."""

from backends.lakebase import quoting
from backends.lakebase.declaring import CONSTRAINT, MARK
from backends.plan import Column, TableName

ALIKE = "LG001"  # the code of a refusal of ours
_COMMENT = "pg_catalog.obj_description(c.oid, 'pg_class')"
_MARKED = f"pg_catalog.starts_with({_COMMENT}, '{MARK}')"


def schema(name: str) -> str:
    """What creates a schema where it is missing; where it is there, no right to create one is needed."""
    known = f"SELECT FROM pg_catalog.pg_namespace WHERE nspname = {quoting.text(name)}"
    alone = f"PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended({quoting.text(name)}, 1))"
    made = f"CREATE SCHEMA IF NOT EXISTS {quoting.name(name)}"
    return quoting.block(f"BEGIN IF NOT EXISTS ({known}) THEN {alone}; {made}; END IF; END")


def unlike(table: TableName, *but: str) -> str:
    """What refuses a table whose name, or its schema's, differs in case only: see `catalog.create`.

    But for the table itself, that has the name `but`.
    """
    lock = quoting.text(f"{table.schema}.{table.table}".lower())
    own = ", ".join(map(quoting.text, (table.table, *but)))
    return quoting.block(
        f"BEGIN PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended({lock}, 0)); IF EXISTS ("
        "SELECT FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid"
        f" AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relname NOT IN ({own})"
        f" AND pg_catalog.lower(c.relname) = pg_catalog.lower({quoting.text(table.table)})"
        f" WHERE pg_catalog.lower(n.nspname) = pg_catalog.lower({quoting.text(table.schema)})"
        f" AND (n.nspname <> {quoting.text(table.schema)} OR c.relname IS NOT NULL)"
        f") THEN RAISE EXCEPTION USING ERRCODE = '{ALIKE}', MESSAGE = 'it differs only in case'; END IF; END"
    )


def drop_primary_key(table: TableName) -> str:
    """What takes a primary key away."""
    return _each(f"{_dropping(table)} AND contype = 'p'")


def drop_type(table: TableName, column: str) -> str:
    """What takes away the constraint that holds a column's values to its type, if there is one."""
    return _each(
        f"{_dropping(table)} AND contype = 'c' AND pg_catalog.starts_with(conname, '{CONSTRAINT}')"
        f" AND conkey = ARRAY[{_number(table, column)}]"
    )


def hold_type(table: TableName, column: Column, condition: str) -> str:
    """What adds the constraint that holds a column's values to its type, and tells that."""
    made = "ALTER TABLE %1$s ADD CONSTRAINT %2$I CHECK (%3$s); COMMENT ON CONSTRAINT %2$I ON %1$s IS %4$L"
    last = f"max(pg_catalog.substr(conname::text, {len(CONSTRAINT) + 1})::bigint)"
    name = f"'{CONSTRAINT}' || coalesce({last} + 1, 0)"
    values = [quoting.text(each) for each in (quoting.place(table), condition, str(column.type))]
    return _each(
        f"SELECT pg_catalog.format('{made}', {values[0]}, {name}, {values[1]}, {values[2]})"  # noqa: S608 - of our own making
        f" FROM pg_catalog.pg_constraint WHERE conrelid = {_table(table)}"
        f" AND conname::text ~ '^{CONSTRAINT}[0-9]{{1,9}}$'"
    )


def drop_index(table: TableName, index: str) -> str:
    """What removes an index of a table, by its own name."""
    return _each(
        "SELECT pg_catalog.format('DROP INDEX %s', c.oid::pg_catalog.regclass)"  # noqa: S608 - of our own making
        " FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid"
        f" WHERE x.indrelid = {_table(table)}"
        f" AND CASE WHEN {_MARKED} THEN {_COMMENT} ELSE '{MARK}' || c.relname::text END"
        f" = {quoting.text(MARK + index)} ORDER BY {_MARKED} DESC NULLS LAST LIMIT 1"
    )


def advance(table: TableName, column: str, next_: int) -> str:
    """What lets a column's numbers go on from one, or from where they are, or beyond what is there.

    Beyond the last number of all there is none: the sequence is at its end.
    """
    place, told = quoting.text(quoting.place(table)), quoting.text(column)
    beyond = (
        f"greatest(s.last_value::numeric + s.is_called::int, {next_},"  # noqa: S608 - of our own making
        " (SELECT max(%2$I)::numeric + 1 FROM %3$s))"
    )
    most = "(SELECT seqmax FROM pg_catalog.pg_sequence WHERE seqrelid = %1$L::pg_catalog.regclass)"
    going_on = (
        "SELECT pg_catalog.setval(%1$L, least(n.next, n.most)::bigint, n.next > n.most)"  # noqa: S608 - of our own making
        f" FROM (SELECT {beyond} AS next, {most} AS most FROM %1$s AS s) AS n"
    )
    sequence = f"pg_catalog.pg_get_serial_sequence({place}, {told})"
    return _each(f"SELECT pg_catalog.format({quoting.text(going_on)}, {sequence}, {told}, {place})")


def _dropping(table: TableName) -> str:
    return (
        "SELECT pg_catalog.format("  # noqa: S608 - of our own making
        "'ALTER TABLE %s DROP CONSTRAINT %I', conrelid::pg_catalog.regclass, conname)"
        f" FROM pg_catalog.pg_constraint WHERE conrelid = {_table(table)}"
    )


def _table(table: TableName) -> str:
    return f"{quoting.text(quoting.place(table))}::pg_catalog.regclass"


def _number(table: TableName, column: str) -> str:
    return (
        "(SELECT attnum FROM pg_catalog.pg_attribute"  # noqa: S608 - of our own making
        f" WHERE attrelid = {_table(table)} AND attname = {quoting.text(column)})"
    )


def _each(query: str) -> str:
    """A statement that runs every statement that a query gives."""
    return quoting.block(f"DECLARE made text; BEGIN FOR made IN {query} LOOP EXECUTE made; END LOOP; END")
