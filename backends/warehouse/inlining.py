"""Statements with more in them than native parameters may carry: the rest is written into the text.

A statement takes 255 parameters and one MiB of values
(https://docs.databricks.com/en/dev-tools/python-sql-connector.html, "Parameterized queries").
"""

import re

from backends.sql.statements import Prepared

MOST = 255
MOST_BYTES = 1024 * 1024 - 16 * 1024  # a little is left for what else the request carries

_MARKER = re.compile(r"`(?:[^`]|``)*`|'(?:[^'\\]|\\.)*'|(\?)", re.DOTALL)


def fitted(statement: Prepared) -> tuple[str, tuple[object, ...]]:
    """A statement's text and values, so that the values fit as parameters; most do as they are."""
    values = statement.parameters
    if len(values) <= MOST and sum(map(_size, values)) <= MOST_BYTES:
        return statement.sql, values
    bound = _bound(values)
    at = -1

    def spelled(match: re.Match[str]) -> str:
        nonlocal at
        if match[1] is None:
            return match[0]
        at += 1
        return "?" if at in bound else literal(values[at])

    text = _MARKER.sub(spelled, statement.sql)
    return text, tuple(value for position, value in enumerate(values) if position in bound)


def _bound(values: tuple[object, ...]) -> set[int]:
    """Which values stay parameters: the shortest ones."""
    bound: set[int] = set()
    size = 0
    for at in sorted(range(len(values)), key=lambda at: _size(values[at])):
        size += _size(values[at])
        if len(bound) == MOST or size > MOST_BYTES:
            break
        bound.add(at)
    return bound


def _size(value: object) -> int:
    return len(value.encode()) if isinstance(value, str) else 8


def literal(value: object) -> str:
    """A value as SQL has it."""
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return "`" + name.replace("`", "``") + "`"
