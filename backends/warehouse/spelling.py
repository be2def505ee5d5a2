"""Types as Databricks SQL writes them: in a table, in a cast, and in the JSON that carries rows."""

from typing import Any

import sqlalchemy as sa

from backends import errors, types
from backends.warehouse.inlining import quoted

STRICT = "map('mode', 'FAILFAST')"  # from_json would make NULL of what does not fit its type

_TEXT = types.String()


class Declared(sa.types.UserDefinedType[Any]):
    """A type by its name in SQL."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        """What stands in a CAST."""
        return self.name


def castable(type_: types.Type) -> str:
    """A type as it stands in a CAST: text without a length, for the table itself refuses what is too long."""
    match type_:
        case types.Varchar() | types.Char():
            return str(_TEXT)
        case types.Array(element):
            return f"ARRAY<{castable(element)}>"
        case types.Map(key, value):
            return f"MAP<{castable(key)},{castable(value)}>"
        case types.Struct(fields):
            return f"STRUCT<{','.join(f'{quoted(name)}:{castable(field)}' for name, field in fields)}>"
    return str(type_)


def carried(type_: types.Type) -> str:
    """The type that `from_json` reads a value as, exactly: moments stay text, which a CAST reads.

    Raises:
        Unsupported: a MAP has keys of BINARY, which no CAST makes of their base64.
    """
    match type_:
        case types.Map(types.Binary()):
            raise errors.Unsupported("a SQL warehouse takes no MAP whose keys are BINARY")
        case types.Date() | types.Timestamp() | types.TimestampNtz():
            return str(_TEXT)
        case types.Array(element):
            return f"ARRAY<{carried(element)}>"
        case types.Map(_, value):
            return f"MAP<{_TEXT},{carried(value)}>"  # from_json knows no other keys
        case types.Struct(fields):
            return f"STRUCT<{','.join(f'{quoted(name)}:{carried(field)}' for name, field in fields)}>"
    return castable(type_)


def unpacked(type_: types.Type, text: str) -> str:
    """SQL of what `from_json` read as `carried`, as a value of the type itself."""
    return text if carried(type_) == castable(type_) else f"CAST({text} AS {castable(type_)})"
