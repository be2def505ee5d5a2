"""Floating-point numbers with an exponent, in the same shortest text as everywhere else.

Postgres writes a sign and two digits of exponent, and some large numbers with a digit more than is
needed: its algorithm takes none that lies just between two others (src/common/d2s.c, `acceptBounds`).
"""

import msgspec
from msgspec import Raw

from backends import types
from backends.lakebase.grammar import MARK
from backends.plan import Select
from backends.values import shortest32

_MARK = MARK.encode()
_rows = msgspec.json.Decoder(dict[str, Raw])
_array = msgspec.json.Decoder(list[dict[str, Raw]])
_encoder = msgspec.json.Encoder()


def array(plan: Select, rows: bytes) -> bytes:
    """A JSON array of a Select's rows, its numbers as short as can be."""
    if _MARK not in rows:
        return rows
    return _encoder.encode([_shortened(plan, row) for row in _array.decode(rows)])


def lines(plan: Select, rows: bytes) -> bytes:
    """The same for NDJSON."""
    if _MARK not in rows:
        return rows
    return _encoder.encode_lines([_shortened(plan, row) for row in _rows.decode_lines(rows)])


def _shortened(plan: Select, row: dict[str, Raw]) -> dict[str, Raw]:
    for name, value in row.items():
        type_ = plan.table.by_name[name].type
        if isinstance(type_, types.Float) and b"e" in bytes(value):
            number = float(bytes(value))
            row[name] = Raw(_encoder.encode(shortest32(number) if type_.bits == 32 else number))
    return row
