"""Rows of every type, with NULLs and extremes, as many as are wanted."""

import os
from collections.abc import Iterator

from backends.plan import TableName
from backends.structure import Structure
from tests.structures.changing import column, table

ROWS = int(os.environ.get("LAKEGATE_TRANSFER_ROWS", "20000"))
BLOCK = 20_000

# Each type, and JSON of its values: none twice, the extremes among them.
VALUES: dict[str, tuple[str, ...]] = {
    "BOOLEAN": ("true", "false"),
    "TINYINT": ("-128", "127", "0"),
    "SMALLINT": ("-32768", "32767", "7"),
    "INT": ("-2147483648", "2147483647", "0", "11"),
    "BIGINT": ("-9223372036854775808", "9223372036854775807", "9007199254740993", "1"),
    "FLOAT": ('"NaN"', '"Infinity"', '"-Infinity"', "3.4028235e38", "1e-45", "0.1", "-1.5"),
    "DOUBLE": ('"NaN"', '"Infinity"', '"-Infinity"', "1.7976931348623157e308", "5e-324", "0.1", "-2.5"),
    "DECIMAL(38,10)": ('"9999999999999999999999999999.9999999999"', "-0.0000000001", "1.5", "0"),
    "DECIMAL(9,2)": ("1234567.89", "-1234567.89", "0.10"),
    "STRING": ('""', '"\\u0001\\ufffd"', '"ß😀"', '"a\\nb\\tc\\\\\\""', '"Z"', '"z"', '"\\uffff"', '" "'),
    "VARCHAR(20)": ('""', '"naïve"', '"NULL"', '"12345678901234567890"'),
    "CHAR(5)": ('"a"', '"ab  c"', '"é"'),
    "DATE": ('"0001-01-01"', '"9999-12-31"', '"2024-02-29"'),
    "TIMESTAMP": (
        '"0001-01-01T00:00:00+00:00"',
        '"9999-12-31T23:59:59.999999+00:00"',
        '"1969-12-31T23:59:59.5+00:00"',
    ),
    "TIMESTAMP_NTZ": (
        '"0001-01-01T00:00:00"', '"9999-12-31T23:59:59.999999"', '"2024-02-29T12:00:00.000001"',
    ),
    "BINARY": ('""', '"AA=="', '"/////w=="', '"AQID"'),
    "ARRAY<INT>": ("[]", "[1,null,-3]", "[2147483647]"),
    "MAP<STRING,DECIMAL(5,2)>": ("{}", '{"a":1.50,"b":null}', '{"é":-999.99}'),
    "STRUCT<n:BIGINT,t:STRING>": ('{"n":9223372036854775807,"t":"x"}', '{"n":null,"t":null}'),
}  # fmt: skip
KEYS = [type_ for type_ in VALUES if "<" not in type_]
NAMES = {f"c{at}": type_ for at, type_ in enumerate(VALUES)}


def structure(name: str) -> Structure:
    """A table with a column of every type, each of which may be NULL."""
    columns = (column(each, type_) for each, type_ in NAMES.items())
    return table(TableName("", "", name), column("id", "BIGINT"), *columns)


def blocks(rows: int = ROWS) -> Iterator[bytes]:
    """The rows, as JSON arrays: each column goes through its values, and NULL, at a pace of its own."""
    choices = [(name, (*VALUES[type_], "null")) for name, type_ in NAMES.items()]
    for begin in range(0, rows, BLOCK):
        found = []
        for number in range(begin, min(begin + BLOCK, rows)):
            values = (
                f'"{name}":{some[(number // (at + 1) + number) % len(some)]}'
                for at, (name, some) in enumerate(choices)
            )
            found.append(f'{{"id":{number * 3 - rows},{",".join(values)}}}')
        yield f"[{','.join(found)}]".encode()


def keyed(type_: str) -> tuple[Structure, str]:
    """A table whose key is of a type, with its every value and a row's number; and the rows."""
    name = "by_" + "".join(letter for letter in type_.lower() if letter.isalnum())
    made = table(TableName("", "", name), column("k", type_), column("n", "INT"), key=("k",))
    rows = (f'{{"k":{value},"n":{at}}}' for at, value in enumerate(VALUES[type_]))
    return made, f"[{','.join(rows)}]"
