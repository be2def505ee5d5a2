"""Requests turned into plans: columns, operators and values checked against the table. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from backends.errors import Fault, Invalid, Unsupported
from backends.plan import And, Comparison, Delete, Insert, Select, Sort, Table, Update, UpdateEach
from backends.values import compared, renderer
from gateway import cursor
from gateway.audit import CREATED, alive, audit_columns, now, stamped, stamps
from gateway.planner.checker import Checker
from gateway.planner.definition import plan_table, refuse_differences
from gateway.planner.selector import selected
from gateway.requests import DeleteRecords, ReadRecords, UpdateEachRecord, UpdateRecords, WriteRecords
from gateway.rows import row_type

DEFAULT_LIMIT = 100

__all__ = [
    "plan_delete",
    "plan_page",
    "plan_stream",
    "plan_table",
    "plan_update",
    "plan_update_each",
    "plan_write",
    "refuse_differences",
]


def plan_page(request: ReadRecords, table: Table, max_limit: int) -> Select:
    """The plan of one page.

    Raises:
        Invalid: a column, value or cursor does not fit the table, or the limit is too large.
    """
    if request.limit is not None and request.limit > max_limit:
        raise Invalid.of([Fault(("limit",), f"a page has at most {max_limit} rows")])
    return _plan_read(request, table, request.limit or min(DEFAULT_LIMIT, max_limit))


def plan_stream(request: ReadRecords, table: Table) -> Select:
    """The plan of a stream of rows, which may have no limit.

    Raises:
        Invalid: a column, value or cursor does not fit the table, or a total is asked for.
    """
    if request.include_total:
        raise Invalid.of([Fault(("include_total",), "a stream has no place for a total")])
    return _plan_read(request, table, request.limit)


def _plan_read(request: ReadRecords, table: Table, limit: int | None) -> Select:
    checker = Checker(table)
    if request.columns is not None:
        checker.known(request.columns, "columns")
    where = checker.condition(request.filters, ("filters",))
    checker.sortable(request.order_by)
    checker.refuse()
    select = Select(
        table=table,
        columns=table.names if request.columns is None else request.columns,
        where=where if request.include_deleted else alive(table, where),
        order=_total_order(request.order_by, table),
        limit=limit,
        offset=request.offset,
        total=request.include_total,
    )
    if request.cursor is None:
        return select
    return replace(select, after=cursor.read(request.cursor, select))


def plan_write(request: WriteRecords, table: Table, caller: str, most: int) -> Insert:
    """The plan of a write.

    Raises:
        Invalid: a row does not fit the table; every fault is listed.
        Unsupported: the table is a view, or has no key to update or ignore by.
        Conflict: two rows have the same primary key.
    """
    _writable(table)
    if request.on_conflict != "error" and not table.primary_key:
        raise Unsupported(f'"{table.name}" has no primary key, so on_conflict takes only "error"')
    rows = row_type(table).checked(request.data, request.on_conflict, most)
    return Insert(
        table=table,
        rows=rows.json,
        columns=rows.columns,
        ragged=rows.ragged,
        on_conflict=request.on_conflict,
        stamps=stamps(table, "created", caller),
        restamps=stamps(table, "updated", caller),
        kept=tuple(name for name in CREATED if name in audit_columns(table)),
    )


def plan_update(request: UpdateRecords, table: Table, caller: str) -> Update:
    """The plan of an update.

    Raises:
        Invalid: a column or value does not fit the table.
        Unsupported: the table is a view.
    """
    _writable(table)
    changes = stamped(request.updates, table, caller)
    return Update(
        table=table,
        changes=row_type(table).changes(changes, ("updates",)),
        columns=_in_table_order(changes, table),
        where=selected(request.selector, table, include_deleted=request.include_deleted),
        max_affected=request.max_affected,
    )


def plan_update_each(request: UpdateEachRecord, table: Table, caller: str) -> UpdateEach:
    """The plan of several updates by key.

    Raises:
        Invalid: a column or value does not fit the table, or a key is named twice.
        Unsupported: the table is a view.
    """
    _writable(table)
    brought = {name for _, updates in request.changes for name in updates}
    return UpdateEach(
        table=table,
        key_column=request.key_column,
        rows=_changes_by_key(request, table),
        columns=_in_table_order(brought, table),
        where=And(()) if request.include_deleted else alive(table, And(())),
        stamps=tuple(stamp for stamp in stamps(table, "updated", caller) if stamp[0] not in brought),
        max_affected=request.max_affected,
    )


def _changes_by_key(request: UpdateEachRecord, table: Table) -> bytes:
    """The changes as `UpdateEach.rows` has them."""
    checker = Checker(table)
    checker.known((request.key_column,), "key_column")
    checker.refuse()
    comparison = Comparison(request.key_column, "=")
    render = renderer(compared(table.by_name[request.key_column].type))
    changes: dict[str, bytes] = {}
    for at, (key, updates) in enumerate(request.changes):
        place = ("bulk_updates", at)
        value = checker.value(comparison, key, (*place, "key_value"))
        text = f"fault {at}" if value is None else render(value)
        if text in changes:
            checker.faults.append(Fault((*place, "key_value"), "the same key twice"))
        changes[text] = b""
        if request.key_column in updates:
            fault = Fault((*place, "updates", request.key_column), "a key is not changed in bulk")
            checker.faults.append(fault)
        try:
            changes[text] = row_type(table).changes(updates, (*place, "updates"))
        except Invalid as error:
            checker.faults += error.faults
    checker.refuse()
    rows = (b'{"key_value":%b,"updates":%b}' % (key.encode(), row) for key, row in changes.items())
    return b"[" + b",".join(rows) + b"]"


def plan_delete(request: DeleteRecords, table: Table) -> Update | Delete:
    """The plan of a delete; a soft one is an update of `deleted_at`.

    Raises:
        Invalid: a column or value does not fit the table.
        Unsupported: the table is a view, or has no `deleted_at` for a soft delete.
    """
    _writable(table)
    where = selected(request.selector, table, include_deleted=request.include_deleted)
    if not request.soft:
        return Delete(table, where, request.max_affected)
    if "deleted_at" not in audit_columns(table):
        raise Unsupported(
            f'"{table.name}" has no column "deleted_at" of type TIMESTAMP: delete with "soft": false'
        )
    mark = row_type(table).changes({"deleted_at": now(table.by_name["deleted_at"])}, ())
    return Update(table, mark, ("deleted_at",), where, request.max_affected)


def _total_order(order: tuple[Sort, ...], table: Table) -> tuple[Sort, ...]:
    """The order asked for, then the key; without a key all columns, so that only equal rows tie."""
    asked = {sort.column for sort in order}
    last = table.key or table.names
    return (*order, *(Sort(name) for name in last if name not in asked))


def _writable(table: Table) -> None:
    if table.kind == "view":
        raise Unsupported(f'"{table.name}" is a view, which cannot be written to')


def _in_table_order(names: Iterable[str], table: Table) -> tuple[str, ...]:
    wanted = set(names)
    return tuple(name for name in table.names if name in wanted)
