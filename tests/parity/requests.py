"""What hypothesis draws: requests on two tables, one with a key and one without."""

from typing import Any

from hypothesis import strategies as st

from backends import types
from tests.parity.calls import (
    CSV,
    NDJSON,
    Call,
    Written,
    definition,
    delete,
    pages,
    put,
    read,
    stream,
    update,
    write,
)
from tests.strategies import ANYTHING, texts_of

Drawn = st.SearchStrategy[Any]

KEYED, KEYLESS = "drawn", "drawn_alike"
TYPES = {
    "id": "INT", "t": "STRING", "c": "CHAR(3)", "v": "VARCHAR(4)", "d": "DECIMAL(5,2)", "x": "DOUBLE",
    "f": "FLOAT", "b": "BOOLEAN", "l": "BIGINT", "at": "TIMESTAMP", "local": "TIMESTAMP_NTZ", "day": "DATE",
    "raw": "BINARY", "list": "ARRAY<INT>",
}  # fmt: skip
# no audit columns, or the order of the rows would depend on each gateway's clock
ALIKE = {
    "id": "INT",
    "t": "STRING",
    "x": "DOUBLE",
    "created_at": "INT",
    "updated_at": "INT",
    "deleted_at": "INT",
}
COLUMNS = {KEYED: TYPES, KEYLESS: ALIKE}
OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
LIKES = ("LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE")
TABLES = (put(KEYED, definition(TYPES), status=None), put(KEYLESS, definition(ALIKE), [], None))

IDS = st.integers(0, 6)
FEW = st.integers(0, 5)
TABLE = st.sampled_from([KEYED, KEYED, KEYLESS])
PATTERNS = st.text(alphabet="aAb%_\\\u00e9\u00c9 ", max_size=5)


def cleared() -> list[Call]:
    """Both tables without a row."""
    every = [{"or": [{"column": "id", "op": "IS NULL"}, {"column": "id", "op": ">=", "value": -(1 << 31)}]}]
    return [
        delete(KEYED, soft=False, include_deleted=True, filters=every),
        delete(KEYLESS, soft=False, filters=every),
    ]


def values_of(column: str) -> Drawn:
    """JSON of a column's values, often one of a few, so that they meet again; now and then of none."""
    type_ = types.parse(TYPES.get(column, "INT"))
    if column == "id":
        return IDS
    few = st.sampled_from(_few(type_)).map(Written)
    return st.one_of(few, few, texts_of(type_).map(Written))


def _few(type_: types.Type) -> tuple[str, ...]:
    """JSON of some values, two of which are often equal."""
    few: dict[type[types.Type], tuple[str, ...]] = {
        types.Boolean: ("true", "false", "true", "false"),
        types.Integer: ("0", "1", "-1", "7"),
        types.Decimal: ("0", "1.1", '"-1.10"', "999.99"),
        types.Float: ("0", "0.1", '"NaN"', '"-Infinity"'),
        types.Binary: ('""', '"AA=="', '"/w=="', '"AAA="'),
        types.Array: ("[]", "[1]", "[2, null]", "[10]"),
        types.Date: ('"2025-12-06"', '"0001-01-01"', '"9999-12-31"', '"2025-12-07"'),
        types.Timestamp: (
            '"2025-12-06"',
            '"2025-12-06T01:00:00+01:00"',
            '"2025-12-06T00:00:00.5"',
            '"0001-01-01"',
        ),
        types.TimestampNtz: (
            '"2025-12-06"',
            '"2025-12-06T00:00:00.5"',
            '"0001-01-01"',
            '"9999-12-31T23:59:59.999999"',
        ),
    }
    return few.get(type(type_), ('""', '"a"', '"A"', '"\u00e9 "'))


def _any_value(column: str) -> Drawn:
    """One in twenty is anything at all."""
    good, anything = values_of(column), ANYTHING.map(Written)
    return st.integers(1, 20).flatmap(lambda number: anything if number == 20 else good)


def _some(table: str, *, least: int = 0) -> Drawn:
    """Values of some columns."""
    names = st.lists(st.sampled_from([*COLUMNS[table]][1:]), min_size=least, max_size=4, unique=True)
    return names.flatmap(
        lambda found: st.fixed_dictionaries({name: _any_value(name) | st.none() for name in found})
    )


def rows(table: str) -> Drawn:
    """Rows to write; a table without a key takes the same one several times."""
    row = st.builds(lambda key, rest: {"id": key, **rest}, IDS, _some(table))
    if table == KEYED:
        return st.lists(row, min_size=1, max_size=5)
    return st.builds(
        lambda found, times: found * times, st.lists(_some(table), min_size=1, max_size=3), st.integers(1, 9)
    )


def conditions(table: str) -> Drawn:
    """Conditions, nested."""
    names = st.sampled_from([*COLUMNS[table]])
    return st.recursive(names.flatmap(_comparison), _combined, max_leaves=5)


def _combined(inner: Drawn) -> Drawn:
    parts = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        parts.map(lambda found: {"and": found}),
        parts.map(lambda found: {"or": found}),
        inner.map(lambda found: {"not": found}),
    )


def _comparison(column: str) -> Drawn:
    value = _any_value(column)
    operands = {
        **dict.fromkeys(OPERATORS, value),
        **dict.fromkeys(("IN", "NOT IN"), st.lists(value, max_size=4)),
        **dict.fromkeys(LIKES, PATTERNS),
        "BETWEEN": st.tuples(value, value),
    }
    with_value = st.sampled_from([*operands]).flatmap(
        lambda op: operands[op].map(lambda operand: {"column": column, "op": op, "value": operand})
    )
    return with_value | st.sampled_from(["IS NULL", "IS NOT NULL"]).map(
        lambda op: {"column": column, "op": op}
    )


def _fields(**optional: Drawn) -> Drawn:
    return st.fixed_dictionaries({}, optional=optional)


def reading(table: str) -> Drawn:
    names = [name for name in COLUMNS[table] if name != "list"]
    order = st.lists(st.sampled_from([*names, *(f"-{name}" for name in names)]), max_size=3)
    return _fields(
        columns=st.lists(st.sampled_from([*COLUMNS[table]]), min_size=1, max_size=4, unique=True),
        order_by=order,
        filters=st.lists(conditions(table), max_size=2),
        limit=st.integers(1, 6),
        include_deleted=st.booleans(),
    )


def _selecting(table: str) -> Drawn:
    named = st.sampled_from([name for name in COLUMNS[table] if name != "list"])
    return st.one_of(
        IDS.map(lambda key: {"key_column": "id", "key_value": key}),
        st.lists(IDS, max_size=3).map(lambda keys: {"key_column": "id", "key_values": keys}),
        named.flatmap(
            lambda name: _any_value(name).map(lambda value: {"key_column": name, "key_value": value})
        ),
        named.flatmap(lambda name: _any_value(name).map(lambda value: {"keys": {"id": 1, name: value}})),
        st.lists(conditions(table), min_size=1, max_size=2).map(lambda found: {"filters": found}),
    )


def _bulk(table: str) -> Drawn:
    change = st.builds(
        lambda key, updates: {"key_value": key, "updates": updates}, IDS, _some(table, least=1)
    )
    return st.lists(change, min_size=1, max_size=4).map(
        lambda found: {"key_column": "id", "bulk_updates": found}
    )


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """One request."""
    table = draw(TABLE)
    bounds = draw(_fields(max_affected=st.integers(0, 2), include_deleted=st.booleans()))
    match draw(st.sampled_from(["write", "write", "page", "pages", "stream", "update", "bulk", "delete"])):
        case "write":
            mode = draw(st.sampled_from(["error", "update", "ignore"]))
            return write(table, draw(rows(table)), None, on_conflict=mode)
        case "page":
            return read(
                table, None, **draw(reading(table)), **draw(_fields(offset=FEW, include_total=st.booleans()))
            )
        case "pages":
            return pages(table, None, **draw(reading(table)))
        case "stream":
            return stream(table, draw(st.sampled_from([NDJSON, CSV])), None, **draw(reading(table)))
        case "update":
            return update(
                table, None, updates=draw(_some(table, least=1)), **draw(_selecting(table)), **bounds
            )
        case "bulk":
            return update(table, None, **draw(_bulk(table)), **bounds)
    return delete(table, None, soft=draw(st.booleans()), **draw(_selecting(table)), **bounds)
