"""A fourth backend: tables held in memory. It shows that one file is all that a backend takes."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from decimal import Decimal
from functools import cmp_to_key
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Self

import msgspec

from backends import errors, types
from backends.base import Backend, Status
from backends.changes import Change
from backends.env import named
from backends.plan import (
    And,
    Comparison,
    Condition,
    Delete,
    Insert,
    Not,
    Or,
    Plan,
    Result,
    Select,
    Sort,
    Table,
    TableName,
    TableSummary,
    Update,
    UpdateEach,
    Value,
)
from backends.structure import Structure

Row = dict[str, bytes]  # canonical JSON by column
Test = Callable[[Row], bool | None]
Comparable = Any  # a value as Python compares it

_objects = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_OPERATORS = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


class MemoryBackend(Backend):
    """Tables with a primary key, in this process, until it ends."""

    def __init__(self, catalog: str, schema: str) -> None:
        self.catalog = catalog
        self.schema = schema
        self._tables: dict[TableName, tuple[Table, list[Row]]] = {}
        self._lock = threading.Lock()
        self._turns = threading.RLock()

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """See `Backend.from_env`."""
        return cls(named(env, "GATEWAY_CATALOG", "memory"), named(env, "GATEWAY_SCHEMA", "main"))

    def catalogs(self) -> tuple[str, ...]:
        """See `Backend.catalogs`."""
        return tuple(sorted({self.catalog, *(name.catalog for name in self._tables)}))

    def schemas(self, catalog: str) -> tuple[str, ...]:
        """See `Backend.schemas`."""
        if catalog not in self.catalogs():
            raise errors.NotFound(f'there is no catalog "{catalog}"')
        return tuple(
            sorted({self.schema, *(name.schema for name in self._tables if name.catalog == catalog)})
        )

    def tables(self, catalog: str, schema: str) -> tuple[TableSummary, ...]:
        """See `Backend.tables`."""
        if schema not in self.schemas(catalog):
            raise errors.NotFound(f'there is no schema "{catalog}.{schema}"')
        names = sorted(
            name.table for name in self._tables if (name.catalog, name.schema) == (catalog, schema)
        )
        return tuple(TableSummary(name, "table") for name in names)

    def table(self, name: TableName, *, fresh: bool = False) -> Table:
        """See `Backend.table`."""
        return self._found(name)[0]

    def _found(self, name: TableName) -> tuple[Table, list[Row]]:
        if name not in self._tables:
            raise errors.NotFound(f'there is no table "{name}"')
        return self._tables[name]

    def create_table(self, table: Table) -> bool:
        """See `Backend.create_table`."""
        if not table.key:
            raise errors.Unsupported("a table in memory needs a primary key")
        with self._lock:
            made = (table, list[Row]())
            return self._tables.setdefault(table.name, made) is made

    def drop_table(self, name: TableName) -> None:
        """See `Backend.drop_table`."""
        with self._lock:
            self._found(name)
            del self._tables[name]

    def execute(self, plan: Plan) -> Result:
        """See `Backend.execute`."""
        with self._lock:
            match plan:
                case Select():
                    return self._select(plan)
                case Insert():
                    return self._insert(plan)
                case Update():
                    changes = _objects.decode(b"[" + plan.changes + b"]")[0]
                    return self._change(plan, lambda row: {**row, **_row(changes)})
                case UpdateEach():
                    return self._update_each(plan)
                case Delete():
                    return self._change(plan, lambda _: None)

    def stream(self, select: Select) -> Iterator[bytes]:
        """See `Backend.stream`."""
        with self._lock:
            rows = self._matching(select)[: select.limit]
        return (_object(row, select.columns) + b"\n" for row in rows)

    def _select(self, plan: Select) -> Result:
        found, limit = self._matching(plan), plan.limit or 0
        page = found[:limit]
        following = None
        if len(found) > limit:
            following = b"[" + b",".join(page[-1][sort.column] for sort in plan.order) + b"]"
        rows = b"[" + b",".join(_object(row, plan.columns) for row in page) + b"]"
        test = _test(plan.table, plan.where)
        total = sum(test(row) is True for row in self._found(plan.table.name)[1]) if plan.total else None
        return Result(len(page), rows, total, following)

    def _matching(self, plan: Select) -> list[Row]:
        """The rows from where a Select begins."""
        test, order = _test(plan.table, plan.where), _Order(plan.table, plan.order)
        rows = sorted(filter(test, self._found(plan.table.name)[1]), key=order.key)
        if plan.after is not None:
            rows = [row for row in rows if order.is_after(row, plan.after)]
        return rows[plan.offset :]

    def _insert(self, plan: Insert) -> Result:
        table, rows = self._found(plan.table.name)
        stored, count = {_key(table, row): row for row in rows}, 0
        stamps, restamps = _stamped(plan.stamps), _stamped(plan.restamps)
        for brought in map(_row, _objects.decode(plan.rows)):
            key = _key(table, brought)
            there = stored.get(key)
            if there is not None and plan.on_conflict == "error":
                raise errors.Conflict("a row with this primary key exists already")
            if there is None:
                stored[key] = {**dict.fromkeys(table.by_name, b"null"), **stamps, **brought}
            elif plan.on_conflict == "update":
                stored[key] = {**there, **restamps, **brought}
            count += there is None or plan.on_conflict == "update"
        rows[:] = stored.values()
        return Result(count)

    def _update_each(self, plan: UpdateEach) -> Result:
        table, rows = self._found(plan.table.name)
        test = _test(table, plan.where)
        changes = {bytes(each["key_value"]): each["updates"] for each in _objects.decode(plan.rows)}
        updates = {key: _row(_objects.decode(b"[" + bytes(text) + b"]")[0]) for key, text in changes.items()}
        changed = [row for row in rows if row[plan.key_column] in updates and test(row)]
        _refuse_more(plan.max_affected, len(changed))
        for row in changed:
            row.update(_stamped(plan.stamps) | updates[row[plan.key_column]])
        return Result(len(changed))

    def _change(self, plan: Update | Delete, change: Callable[[Row], Row | None]) -> Result:
        table, rows = self._found(plan.table.name)
        test = _test(table, plan.where)
        matching = [row for row in rows if test(row)]
        _refuse_more(plan.max_affected, len(matching))
        changed = [change(row) if test(row) else row for row in rows]
        kept = [row for row in changed if row is not None]
        if len({_key(table, row) for row in kept}) < len(kept):
            raise errors.Conflict("a row with this primary key exists already")
        rows[:] = kept
        return Result(len(matching))

    def structure(self, name: TableName) -> Structure:
        """See `Backend.structure`."""
        return Structure(self.table(name))

    def ddl(self, change: Change, before: Structure | None) -> tuple[str, ...]:
        """See `Backend.ddl`."""
        raise errors.Unsupported("tables in memory do not change")

    def run(self, catalog: str, statement: str, *, again: bool = False) -> None:
        """See `Backend.run`."""
        raise errors.Unsupported("tables in memory do not change")

    @contextmanager
    def transaction(self, catalog: str, lock: str) -> Iterator[None]:
        """See `Backend.transaction`: one at a time, and nothing is undone."""
        with self._turns:
            yield

    def atomic(self, catalog: str) -> AbstractContextManager[None]:
        """See `Backend.atomic`: nothing is undone."""
        return nullcontext()

    def status(self) -> Status:
        """See `Backend.status`."""
        return Status()

    def ping(self) -> None:
        """See `Backend.ping`."""

    def close(self) -> None:
        """See `Backend.close`."""


def _row(raw: Mapping[str, msgspec.Raw]) -> Row:
    return {name: bytes(text) for name, text in raw.items()}


def _stamped(stamps: tuple[tuple[str, Value], ...]) -> Row:
    return {name: json.dumps(value).encode() for name, value in stamps}


def _object(row: Row, columns: tuple[str, ...]) -> bytes:
    return b"{" + b",".join(json.dumps(name).encode() + b":" + row[name] for name in columns) + b"}"


def _key(table: Table, row: Row) -> tuple[bytes, ...]:
    return tuple(row[name] for name in table.key)


def _refuse_more(most: int | None, count: int) -> None:
    if most is not None and count > most:
        raise errors.Conflict(f"{count} rows match, more than max_affected allows ({most})")


def _comparable(type_: types.Type, value: Value) -> Comparable:
    """A value of a plan, such that Python compares it as the contract does."""
    if isinstance(value, str) and isinstance(type_, types.Decimal | types.Float):
        return Decimal(value)
    return value


def _stored(table: Table, row: Row, column: str) -> Comparable:
    type_ = table.by_name[column].type
    return _comparable(
        type_, json.loads(row[column], parse_float=str if isinstance(type_, types.Decimal) else None)
    )


def _test(table: Table, condition: Condition) -> Test:
    """Whether a row meets a condition: None where that is unknown, as in SQL."""
    match condition:
        case Comparison():
            return _compared(table, condition)
        case And(parts):
            tests = [_test(table, part) for part in parts]
            return lambda row: _all([test(row) for test in tests])
        case Or(parts):
            return _test(table, Not(And(tuple(Not(part) for part in parts))))
        case Not(part):
            contrary = _test(table, part)
            return lambda row: None if (found := contrary(row)) is None else not found


def _all(found: list[bool | None]) -> bool | None:
    if False in found:
        return False
    return None if None in found else True


def _compared(table: Table, comparison: Comparison) -> Test:
    column, op, value = comparison.column, comparison.op, comparison.value
    if op in ("IS NULL", "IS NOT NULL"):
        return lambda row: (row[column] == b"null") is (op == "IS NULL")
    if isinstance(value, tuple) or op not in _OPERATORS:
        equal = value if isinstance(value, tuple) and op == "IN" else None
        if equal is None:
            raise errors.Unsupported(f"tables in memory know no {op}")
        return _test(table, Or(tuple(Comparison(column, "=", each) for each in equal)))
    operand, operator = _comparable(table.by_name[column].type, value), _OPERATORS[op]

    def test(row: Row) -> bool | None:
        found = _stored(table, row, column)
        return None if found is None else bool(operator(found, operand))

    return test


class _Order:
    """An order of rows: NULLs last ascending, first descending."""

    def __init__(self, table: Table, order: tuple[Sort, ...]) -> None:
        self._table = table
        self._order = order
        self.key = cmp_to_key(self._compare_rows)

    def is_after(self, row: Row, after: tuple[Value, ...]) -> bool:
        """Whether a row comes after the one whose values of the order are given."""
        columns = self._table.by_name
        last = [_comparable(columns[s.column].type, v) for s, v in zip(self._order, after, strict=True)]
        return self._compare(self._values(row), last) > 0

    def _compare_rows(self, one: Row, other: Row) -> int:
        return self._compare(self._values(one), self._values(other))

    def _values(self, row: Row) -> list[Comparable]:
        return [_stored(self._table, row, sort.column) for sort in self._order]

    def _compare(self, one: list[Comparable], other: list[Comparable]) -> int:
        for sort, left, right in zip(self._order, one, other, strict=True):
            if left != right:
                later = left is None or (right is not None and left > right)
                return 1 if later is not sort.descending else -1
        return 0
