"""Writes as Postgres runs them: all rows in one JSON value, which one statement takes apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Raw
from psycopg2.extensions import cursor
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from backends import errors, types
from backends.lakebase.driver import run
from backends.lakebase.grammar import DeclaredType, LakebaseGrammar, fitting, grammar_of, pg
from backends.lakebase.spelling import TEXT, Native
from backends.plan import Column, Insert, Update, UpdateEach
from backends.sql import KnownTable
from backends.sql.grammar import Expression
from backends.sql.shape import Binds
from backends.sql.statements import Prepared, exactly, unused

_NULL = Raw(b"null")
_objects = msgspec.json.Decoder(list[dict[str, Raw]])
_items = msgspec.json.Decoder(list[Raw])
_object = msgspec.json.Decoder(dict[str, Raw])
_decode = msgspec.json.decode
_encode = msgspec.json.Encoder().encode

GROUPS = 4  # sets of columns that one statement is made for
Group = tuple[tuple[str, ...], bytes]  # columns that all rows of an array bring, and the array


def insert_statements(known: KnownTable, plan: Insert) -> list[Prepared]:
    """The statement of an Insert: it gives how many rows were written or updated, or `rowcount` does.

    Where rows bring many sets of columns there are several, a transaction together: one would be
    large, and hardly ever seen again.
    """
    groups = _by_columns(plan) if plan.ragged else [(plan.columns, plan.rows)]
    size = len(groups) if len(groups) <= GROUPS else 1
    return [_insert_statement(known, plan, groups[at : at + size]) for at in range(0, len(groups), size)]


def _insert_statement(known: KnownTable, plan: Insert, groups: Sequence[Group]) -> Prepared:
    values: list[object] = []
    for columns, rows in groups:
        values += [rows.decode(), *_stamped(plan.stamps, columns), *known.grammar.version]
        if plan.on_conflict == "update":
            values += _stamped(plan.restamps, columns)
    shape = (Insert, plan.on_conflict, *[columns for columns, _ in groups])
    brought = [columns for columns, _ in groups]
    statement = known.statement(shape, lambda: _inserts(known, plan, brought), lambda: True)
    return statement.of(values)


def _stamped(stamps: Sequence[tuple[str, object]], brought: Sequence[str]) -> list[object]:
    return [value for name, value in stamps if name not in brought]


def _inserts(known: KnownTable, plan: Insert, groups: Sequence[Sequence[str]]) -> sa.ClauseElement:
    """An INSERT; for several groups of columns as many, in one statement that counts their rows."""
    binds = Binds()
    if len(groups) == 1:
        return _insert(known, plan, groups[0], binds)  # type: ignore[no-any-return]
    written = [
        _insert(known, plan, columns, binds).returning(sa.literal_column("1")).cte(f"written_{at}")
        for at, columns in enumerate(groups)
    ]
    counts = [sa.select(sa.func.count()).select_from(each).scalar_subquery() for each in written]
    return sa.select(sum(counts[1:], start=counts[0]))


def _insert(known: KnownTable, plan: Insert, brought: Sequence[str], binds: Binds) -> Any:
    table, grammar = known.statements.table, grammar_of(known)
    source, rows = _rows(grammar, binds, {name: plan.table.by_name[name] for name in brought})
    for name in [name for name, _ in plan.stamps if name not in brought]:
        rows[name] = sa.cast(binds.next(), DeclaredType(grammar.natives[name].declared))
    new = rows or _nothing(plan, grammar)
    selected = sa.select(*new.values()).select_from(source).where(grammar.unchanged(binds))
    statement = postgresql_insert(table).from_select(
        [table.c[name] for name in new], selected, include_defaults=False
    )
    if plan.on_conflict == "ignore":
        return statement.on_conflict_do_nothing(index_elements=_key(known, plan))
    if plan.on_conflict == "error":
        return statement
    return statement.on_conflict_do_update(
        index_elements=_key(known, plan), set_=_new(statement, plan, brought, binds)
    )


def _nothing(plan: Insert, grammar: LakebaseGrammar) -> dict[str, Expression]:
    """A column and its default, for rows that bring none: an INSERT from rows has to name one.

    Raises:
        Unsupported: all columns are numbered by the database.
    """
    named = [column for column in plan.table.columns if not grammar.natives[column.name].identity]
    for column in sorted(named, key=lambda column: column.default is not None):
        if not column.generated:
            return {column.name: sa.literal_column(column.default or "NULL")}
    raise errors.Unsupported("a row has to bring a column")


def _key(known: KnownTable, plan: Insert) -> list[sa.Column[Any]]:
    """The columns by which a row is the same.

    Raises:
        Unsupported: Postgres cannot tell by them.
    """
    if grammar_of(known).key_deferrable:
        raise errors.Unsupported(
            f'the primary key of "{plan.table.name}" is DEFERRABLE, so on_conflict takes only "error"'
        )
    if plan.table.name.table == "excluded" and plan.on_conflict == "update":
        raise errors.Unsupported('to a table named "excluded" on_conflict takes only "error" and "ignore"')
    return [known.statements.table.c[name] for name in plan.table.primary_key]


def _new(statement: Any, plan: Insert, brought: Sequence[str], binds: Binds) -> dict[str, Any]:
    """What an insert sets in a row that is there: what it brings, but for the key and `kept`."""
    kept = {*plan.table.primary_key, *plan.kept}
    new: dict[str, Any] = {name: statement.excluded[name] for name in brought if name not in kept}
    new |= {name: binds.next() for name, _ in plan.restamps if name not in brought}
    # nothing but the key: the row stays as it is, and counts
    return new or {name: statement.excluded[name] for name in plan.table.primary_key[:1]}


def _by_columns(plan: Insert) -> list[Group]:
    """Rows by the columns they bring, so that others get their defaults.

    Where a missing column would be NULL anyway, it counts as brought; but not by a write that may
    update, which sets only what a row brings.
    """
    told = set(plan.columns)
    if plan.on_conflict != "update":
        stamps = {name for name, _ in plan.stamps}
        told = {name for name in told if name in stamps or plan.table.by_name[name].default is not None}
    groups: dict[tuple[str, ...], list[dict[str, Raw]]] = {}
    for row in _objects.decode(plan.rows):
        columns = tuple(name for name in plan.columns if name in row or name not in told)
        groups.setdefault(columns, []).append(row)
    return [(columns, _encode(groups[columns])) for columns in sorted(groups)]


def update_each_statement(known: KnownTable, plan: UpdateEach) -> Prepared:
    """The statement of an UpdateEach; `rowcount` tells how many rows were changed."""
    changes = _changes.decode(plan.rows)
    ragged = any(len(change.updates) < len(plan.columns) for change in changes)
    partial = plan.columns if ragged else ()
    where: list[object] = []
    shape = (UpdateEach, plan.key_column, plan.columns, ragged, known.shaper.condition(plan.where, where))
    statement = known.statement(shape, lambda: _update_each(known, plan, partial))
    rows = _encode([_flat(change, plan.columns, partial) for change in changes]).decode()
    stamps = [value for _, value in plan.stamps]
    values = [rows, *stamps, *where, *known.grammar.version]
    return statement.of(values)


class _Change(msgspec.Struct):
    key_value: Raw
    updates: dict[str, Raw]


_changes = msgspec.json.Decoder(list[_Change])


def _flat(change: _Change, columns: Sequence[str], partial: Sequence[str]) -> dict[str, object]:
    """A change as a row: the key, each column's value, and whether it brings those that not all bring."""
    row: dict[str, object] = {"key": change.key_value}
    row |= {f"value{at}": change.updates.get(name, _NULL) for at, name in enumerate(columns)}
    return row | {f"brought{at}": name in change.updates for at, name in enumerate(partial)}


def _update_each(known: KnownTable, plan: UpdateEach, partial: Sequence[str]) -> sa.ClauseElement:
    """The statement, where not every change brings the `partial` columns: all, or none of them."""
    binds, table, grammar = Binds(), known.statements.table, grammar_of(known)
    by_name = plan.table.by_name
    key = by_name[plan.key_column]
    fields = {"key": key, **{f"value{at}": by_name[name] for at, name in enumerate(plan.columns)}}
    brought = [sa.column(f"brought{at}", sa.Boolean()) for at in range(len(partial))]
    source, values = _rows(grammar, binds, fields, brought)
    key_value = values["key"]
    if (native := grammar.natives[key.name]).as_text and native.element == TEXT:  # as `equated` has it
        key_value = sa.cast(key_value, sa.Text)
    new: dict[Any, Any] = {}
    for at, name in enumerate(plan.columns):
        value = values[f"value{at}"]
        column = table.c[name]
        new[column] = sa.case((source.c[f"brought{at}"], value), else_=column) if name in partial else value
    new |= {table.c[name]: binds.next() for name, _ in plan.stamps}
    return (
        sa.update(table)
        .values(new)
        .where(
            grammar.equated(key, table.c[key.name]) == key_value,
            known.statements.condition(plan.where, binds),
            grammar.unchanged(binds),
        )
    )


def _rows(
    grammar: LakebaseGrammar,
    binds: Binds,
    fields: Mapping[str, Column],
    others: Sequence[Expression] = (),
) -> tuple[Any, dict[str, Expression]]:
    """A bound JSON array as a source of rows, and its fields' values as the columns hold them."""
    taken = [
        sa.column(exactly(name), DeclaredType(grammar.natives[column.name].taken))
        for name, column in fields.items()
    ]
    array, alias = sa.cast(binds.next(), JSON), unused("x", (grammar.name.table,))
    if not fields:  # a record without columns is none, but rows without any count too
        return pg.json_array_elements(array).table_valued("value", name=alias), {}
    call = pg.json_to_recordset(array)
    source = call.table_valued(*taken, *others).render_derived(name=alias, with_types=True)
    return source, {name: _held(grammar, column, source.c[name]) for name, column in fields.items()}


def _held(grammar: LakebaseGrammar, column: Column, field: Expression) -> Expression:
    """A field's value as the column holds it."""
    if isinstance(column.type, types.Binary):
        return pg.decode(field, sa.literal_column("'base64'"))
    native = grammar.natives[column.name]
    return field if native.taken == native.declared else sa.cast(field, DeclaredType(native.declared))


def changed_values(plan: Update, natives: Mapping[str, Native]) -> tuple[object, ...]:
    """The values of an Update's columns, fit for the driver."""
    changes = _object.decode(plan.changes)
    return tuple([_fit(natives[name], changes[name]) for name in plan.columns])


def _fit(native: Native, value: Raw) -> object:
    match native.type:
        case _ if value == _NULL:
            return None
        case types.Array() if not native.own:  # an array of Postgres's, which its own text goes into
            return [_item(item) for item in _items.decode(value)]
        case types.Decimal() | types.Array() | types.Map() | types.Struct():
            return bytes(value).decode()
    return fitting(native.type)(_decode(value))


def _item(value: Raw) -> str | None:
    """An array's item as the text that Postgres reads it from."""
    text = bytes(value).decode()
    if text == "null":
        return None
    return str(_decode(value)) if text.startswith('"') else text


def written(found: cursor, statements: Sequence[Prepared], most: int | None = None) -> int:
    """How many rows some statements wrote: each tells, or the driver does.

    Raises:
        Conflict: they are more than `most`.
    """
    count = 0
    for statement in statements:
        run(found, statement)
        count += found.rowcount if found.description is None else int(found.fetchall()[0][0])
    if most is not None and count > most:
        raise errors.Conflict(f"{count} rows match, more than max_affected allows ({most})")
    return count
