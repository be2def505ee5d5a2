"""How SQLite declares the contract's types, and which type a column declared by others is nearest to.

The gateway declares a column as the contract's type and what SQLite keeps of it, in one quoted
name: `"DECIMAL(38,18) TEXT"`. SQLite takes any such name, derives the column's affinity from it
(https://sqlite.org/datatype3.html section 3.1) and gives it back in `PRAGMA table_xinfo`.
"""

import re

from backends import types

_OWN = re.compile(r"(.+) (INTEGER|REAL|TEXT|BLOB)")
_FOREIGN_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", re.IGNORECASE)
_FOREIGN_LENGTH = re.compile(r"(?:N?VARCHAR|CHARACTER VARYING)\s*\(\s*(\d+)\s*\)", re.IGNORECASE)

# what a REAL keeps exactly; a DECIMAL that someone else declared is kept as one (NUMERIC affinity)
_REAL_DIGITS = 15


def storage(type_: types.Type) -> str:
    """What SQLite keeps a value of a type as: INTEGER, REAL, TEXT or BLOB."""
    match type_:
        case types.Boolean() | types.Integer():
            return "INTEGER"
        case types.Float():
            return "REAL"
        case types.Binary():
            return "BLOB"
    return "TEXT"


def declared(type_: types.Type) -> str:
    """The type a column is declared with, unquoted."""
    return f"{type_} {storage(type_)}"


def own(text: str) -> types.Type | None:
    """The type of a column that the gateway declared; None for anybody else's."""
    if not (match := _OWN.fullmatch(text)):
        return None
    try:
        type_ = types.parse(match[1])
    except types.TypeSyntaxError:
        return None
    return type_ if declared(type_) == text else None


def numbered(text: str | None) -> types.Type | None:
    """The type of a column that SQLite numbers, as the gateway wrote it down; None for anybody else's."""
    try:
        type_ = types.parse(text or "")
    except types.TypeSyntaxError:
        return None
    return type_ if isinstance(type_, types.Integer) else None


def nearest(text: str) -> types.Type | None:
    """The type nearest to what somebody else declared; None where only the values can tell.

    The rules follow SQLite's own for affinity, after the names that the common tools write:
    BOOLEAN, DATE, DATETIME and DECIMAL (SQLAlchemy, Django, Rails).
    """
    name = text.upper()
    if exact := _decimal(name):
        return exact
    if length := _FOREIGN_LENGTH.fullmatch(name):
        return types.Varchar(int(length[1])) if 1 <= int(length[1]) <= types.MAX_LENGTH else types.String()
    return next((type_ for word, type_ in _NEAREST if word in name), None)


def is_nearest(type_: types.Type) -> bool:
    """Whether a column of a type may be one that somebody else declared."""
    match type_:
        case types.Integer(64) | types.Float(64) | types.Boolean() | types.String() | types.Varchar():
            return True
        case types.Decimal(precision):
            return precision <= _REAL_DIGITS
    return isinstance(type_, types.Date | types.Timestamp | types.TimestampNtz | types.Binary)


def kept_as(text: str) -> str:
    """What SQLite makes of the values of a column so declared: its affinity."""
    name = text.upper()
    if not name:
        return "BLOB"
    return next((affinity for word, affinity in _AFFINITIES if word in name), "NUMERIC")


_AFFINITIES = (
    ("INT", "INTEGER"),
    ("CHAR", "TEXT"),
    ("CLOB", "TEXT"),
    ("TEXT", "TEXT"),
    ("BLOB", "BLOB"),
    ("REAL", "REAL"),
    ("FLOA", "REAL"),
    ("DOUB", "REAL"),
)
_NEAREST: tuple[tuple[str, types.Type], ...] = (
    ("BOOL", types.Boolean()),
    ("WITH TIME ZONE", types.Timestamp()),
    ("TIMESTAMPTZ", types.Timestamp()),
    ("DATETIME", types.TimestampNtz()),
    ("TIMESTAMP", types.TimestampNtz()),
    ("DATE", types.Date()),
    ("INT", types.Integer(64)),
    ("CHAR", types.String()),
    ("CLOB", types.String()),
    ("TEXT", types.String()),
    ("STRING", types.String()),
    ("UUID", types.String()),
    ("JSON", types.String()),
    ("TIME", types.String()),
    ("BLOB", types.Binary()),
    ("BINARY", types.Binary()),
    ("REAL", types.Float(64)),
    ("FLOA", types.Float(64)),
    ("DOUB", types.Float(64)),
    ("DECIMAL", types.Float(64)),  # without digits, as Django declares it
    ("NUMERIC", types.Float(64)),
)


def _decimal(name: str) -> types.Type | None:
    if not (match := _FOREIGN_DECIMAL.fullmatch(name)):
        return None
    precision, scale = int(match[1]), int(match[2] or 0)
    return types.Decimal(precision, scale) if 0 <= scale <= precision <= _REAL_DIGITS else types.Float(64)
