"""Conditions: every operator on every kind of column, nested, with NULLs, and refused with their places."""

from collections.abc import Iterator
from typing import Any

from tests.parity.calls import Call, Written, put, read, where, write

COLUMNS = {
    "id": "INT", "n": "INT", "x": "DOUBLE", "d": "DECIMAL(12,3)", "t": "STRING", "c": "CHAR(5)",
    "v": "VARCHAR(8)", "b": "BOOLEAN", "day": "DATE", "at": "TIMESTAMP", "raw": "BINARY",
    "list": "ARRAY<INT>", "f": "FLOAT", "l": "BIGINT",
}  # fmt: skip
ROWS = (
    '{"n": 1, "x": 0.5, "d": 1.5, "t": "apple", "c": "a", "v": "Apple", "b": true, "raw": "AA=="}',
    '{"n": 2, "x": "NaN", "d": -1.5, "t": "Apple", "c": "A", "v": "apple", "at": "2025-01-01T00:00:00Z"}',
    '{"n": 2, "x": "Infinity", "d": "99.999", "t": "\\u00c9CLAIR", "l": 9223372036854775807, "f": 0.1}',
    '{"n": -3, "x": "-Infinity", "d": 0, "t": "\\u00e9clair", "l": 9223372036854775806, "f": 16777216}',
    '{"c": "ab c", "b": false, "day": "2025-01-01"}',
    '{"c": " a", "day": "2024-12-31"}',
    '{"t": "100%", "v": "100%", "list": [1], "raw": "", "f": "NaN", "x": -0.0}',
    '{"t": "under_score", "v": "a_c", "list": [], "raw": "/w==", "f": "Infinity", "x": 0}',
    '{"t": "back\\\\slash", "v": "a\\\\c", "at": "2025-01-01T01:00:00+01:00", "day": "0001-01-01"}',
    '{"t": "", "v": "", "c": "", "b": null, "n": 0}',
    '{"t": "line\\nbreak", "v": "a*c?", "c": "[a]", "n": 2147483647}',
    '{"t": "\\u0130stanbul \\u0131", "v": "\\u00df", "c": "\\u01c5", "n": -2147483648}',
    '{"t": "\\ud83d\\ude00 smile", "v": "\\ud83d\\ude00", "c": "\\ud83d\\ude00", "x": 1e300}',
    '{"t": "\\u03a3\\u03c3\\u03c2", "v": "\\u0416\\u0436", "c": "\\u00b5", "x": 5e-324}',
    '{"t": "a.b(c)[d]^$|+{1}", "v": "^a$", "c": ".*", "x": 0.1}',
    "{}",
)
PATTERNS = (
    "apple", "Apple", "a%", "%e", "%pp%", "_pple", "%", "_", "", "%%", "__", "100\\%", "%\\%", "%\\_%",
    "under\\_score", "back\\\\slash", "%\\\\%", "a\\pple", "\u00e9%", "\u00c9%", "%\u00e9CLAIR", "line%",
    "line_break", "%*%", "%?%", "a*c?", "[a]", "%[d]%", "[a-z]%", "\u0130%", "i\u0307%", "_stanbul%",
    "__stanbul%", "i_stanbul%", "istanbul%", "%\u0131", "%I", "\U0001f600%", "_ smile", "__smile",
    "\u03c3\u03c3\u03c3", "\u03a3\u03a3\u03a3", "%\u03c2", "\u0436%", "\u00df", "SS", "\u1e9e", "\u01c4",
    "\u01c6", "\u03bc", "\u00b5", "a.b%", ".*", "^a$", "%" * 20 + "e", "a ", " %", "%a%", "%\n%", "'%", '"%',
)  # fmt: skip
BAD: tuple[Any, ...] = (
    None, {}, "x", 1, {"and": []}, {"or": []}, {"not": []}, {"and": {}}, {"not": {}}, {"value": 1},
    {"column": "n"}, {"column": "n", "op": "=", "value": None}, {"column": "n", "op": "IN", "value": 1},
    {"column": "n", "op": "IN"}, {"column": "n", "op": "IN", "value": [1, None]},
    {"column": "n", "op": "BETWEEN", "value": [1]}, {"column": "", "value": 1},
    {"column": "n", "op": "BETWEEN", "value": [1, 2, 3]}, {"column": "n", "op": "IS NULL", "value": 1},
    {"column": 1, "value": 1}, {"column": "n", "op": "IS NOT NULL", "value": False},
    {"column": "nope", "value": 1}, {"column": "n", "op": "~", "value": 1},
    {"column": "n", "op": "LIKE", "value": "1%"}, {"column": "raw", "op": "LIKE", "value": "A%"},
    {"column": "t", "op": "LIKE", "value": 1}, {"column": "t", "op": "LIKE", "value": "a\\"},
    {"column": "t", "op": "ILIKE", "value": "\0"}, {"column": "N", "value": 1},
    {"column": "t", "op": "LIKE", "value": "a" * 1001}, {"column": "n", "value": "1"},
    {"column": "n", "op": "IN", "value": [1, "x"]}, {"column": "n", "op": "BETWEEN", "value": ["a", 2]},
    {"column": "t", "value": 1}, {"column": "b", "value": 0}, {"column": "n", "op": 1, "value": 1},
    {"column": "day", "op": "<", "value": "tomorrow"}, {"column": "n", "value": 1, "extra": 1},
    {"and": [1], "or": [1]}, {"column": "n", "op": "", "value": 1}, {"column": "t", "value": "a\0b"},
    {"column": "c", "op": "IN", "value": ["\0"]}, {"column": "list", "op": "IN", "value": []},
)  # fmt: skip
OPERANDS: dict[str, tuple[object, ...]] = {
    "n": (2, 0, -2147483648),
    "x": ("NaN", "Infinity", 0, Written("-0.0"), Written("0.1"), Written("5e-324"), 1),
    "d": (Written("1.5"), Written("1.500"), "0", "-1.5"),
    "t": ("apple", "", "\u00e9clair", "Z", "\U0001f600"),
    "c": ("a", "a    ", "A", "", "[a]", "too long for it"),
    "v": ("Apple", "", "a_c", "longer than the column"),
    "b": (True, False),
    "day": ("2025-01-01", "0001-01-01", "9999-12-31"),
    "at": ("2025-01-01T00:00:00Z", "2025-01-01T05:45:00+05:45", "2024-12-31"),
    "raw": ("AA==", "", "/w==", "AAA="),
    "f": (Written("0.1"), Written("0.10000000149011612"), "NaN", 16777217, "Infinity"),
    "l": (Written("9223372036854775807"), Written("9223372036854775806"), 0),
}


def calls() -> Iterator[Call]:
    """The chapter."""
    yield put("facts", COLUMNS)
    yield write(
        "facts", [Written(f'{{"id": {at}, {row[1:]}'.replace(", }", "}")) for at, row in enumerate(ROWS)]
    )
    yield read("facts", columns=[*COLUMNS])
    yield from _comparing()
    yield from _patterns()
    yield from _nested()
    for condition in BAD:
        yield read("facts", 400, filters=[condition])
    for filters in (None, {}, "x", 1, {"column": "n", "value": 1}):
        yield (
            read("facts", 200 if filters is None else 400, filters=filters)
            if filters is not None
            else read("facts")
        )
    yield read("facts", 400, filters=list(BAD))


def _ids(*conditions: object, status: int = 200) -> Call:
    return read("facts", status, columns="id", filters=list(conditions))


def _comparing() -> Iterator[Call]:
    for column, operands in OPERANDS.items():
        for op in ("=", "!=", "<>", "<", "<=", ">", ">="):
            for operand in operands:
                yield _ids(where(column, op, operand))
        yield _ids(where(column, "IN", list(operands)))
        yield _ids(where(column, "Not  In", list(operands)))
        yield _ids(where(column, "IN", []))
        yield _ids(where(column, "NOT IN", []))
        yield _ids({"not": where(column, "IN", [])})
        yield _ids(where(column, "between", [operands[0], operands[-1]]))
        yield _ids({"not": where(column, "between", [operands[-1], operands[0]])})
        yield _ids(where(column, "is null"))
        yield _ids(where(column, "Is Not Null"))
    yield _ids(where("n", "IN", list(range(-1000, 1000))))
    yield _ids(where("t", "IN", [f"x{at}" for at in range(2000)] + ["apple"]))


def _patterns() -> Iterator[Call]:
    for pattern in PATTERNS:
        for op in ("LIKE", "ILIKE"):
            yield _ids(where("t", op, pattern))
            yield _ids(where("v", op.lower(), pattern))
            yield _ids(where("c", op, pattern))
        yield _ids(where("t", "NOT LIKE", pattern), where("v", "not ilike", pattern))


def _nested() -> Iterator[Call]:
    is_two, is_true, apple = where("n", "=", 2), where("b", "=", True), where("t", "ILIKE", "apple")
    yield _ids({"or": [is_two, is_true]})
    yield _ids({"and": [is_two, {"or": [apple, is_true]}]})
    yield _ids({"not": {"and": [is_two, is_true]}})
    yield _ids({"not": {"or": [is_two, {"not": is_true}, where("n", "IS NULL")]}})
    yield _ids({"not": {"not": {"not": apple}}})
    yield _ids({"or": [where("n", "IN", []), where("n", "NOT IN", [])]}, is_two)
    yield _ids({"or": [{"and": [apple, where("x", "=", "NaN")]}, where("list", "IS NOT NULL")]})
    deep: Any = is_two
    for _ in range(15):
        deep = {"not": deep}
    yield _ids(deep)
    yield _ids({"not": deep}, status=400)
    yield _ids(*[is_two] * 200)
    yield _ids(*[is_two] * 201, status=400)
    yield _ids({"or": [where("n", "=", at) for at in range(199)]})
    yield _ids({"or": [where("t", "LIKE", f"{at}%") for at in range(150)]}, status=200)
    yield _ids({"column": "n", "value": 2}, {"column": "n", "value": 1})
