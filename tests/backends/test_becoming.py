"""Which types a column may become."""

import pytest

from backends import types
from backends.becoming import can_become

NUMBERS: tuple[types.Type, ...] = (types.Integer(8), types.Integer(64))
DECIMAL, DATE, NTZ = types.Decimal(5, 2), types.Date(), types.TimestampNtz()


@pytest.mark.parametrize(
    ("old", "new", "can"),
    [
        (NUMBERS[0], NUMBERS[1], True),
        (NUMBERS[1], NUMBERS[0], True),
        (NUMBERS[0], DECIMAL, True),
        (DECIMAL, types.Decimal(4, 0), True),
        (DECIMAL, NUMBERS[0], False),
        (NUMBERS[0], types.Float(64), False),
        (types.Float(32), types.Float(64), False),
        (types.String(), types.Varchar(3), True),
        (types.Char(3), types.String(), True),
        (types.Char(3), types.Char(2), True),
        (types.Varchar(3), types.Char(3), False),
        (DATE, NTZ, True),
        (NTZ, DATE, False),
        (DATE, types.Timestamp(), False),
        (types.Boolean(), NUMBERS[0], False),
        (types.Array(NUMBERS[0]), types.Array(NUMBERS[0]), True),
        (types.Array(NUMBERS[0]), types.Array(NUMBERS[1]), False),
    ],
    ids=str,
)
def test_a_type_becomes_what_says_the_same_values(old: types.Type, new: types.Type, can: bool) -> None:
    assert can_become(old, new) is can
