"""What hypothesis draws: column types, and JSON that they hold, nearly hold, or do not hold at all."""

import base64
import datetime as dt
import json
import math
from collections.abc import Mapping

from hypothesis import strategies as st

from backends import types

Json = st.SearchStrategy[str]  # JSON texts

NAMES = st.text(alphabet='ab_ `<:,"\\\u00e9\U0001d11e', min_size=1, max_size=4)
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(LETTERS, max_size=8)

DECIMALS = st.integers(1, types.MAX_PRECISION).flatmap(
    lambda precision: st.builds(types.Decimal, st.just(precision), st.integers(0, precision))
)
SCALARS: st.SearchStrategy[types.Type] = st.one_of(
    st.sampled_from([types.Boolean(), types.String(), types.Binary()]),
    st.sampled_from([types.Date(), types.Timestamp(), types.TimestampNtz()]),
    st.builds(types.Integer, st.sampled_from((8, 16, 32, 64))),
    st.builds(types.Float, st.sampled_from((32, 64))),
    DECIMALS,
    st.builds(types.Varchar, st.integers(1, 5)),
    st.builds(types.Char, st.integers(1, 5)),
)


def nested(inner: st.SearchStrategy[types.Type]) -> st.SearchStrategy[types.Type]:
    fields = st.lists(st.tuples(NAMES, inner), min_size=1, max_size=3, unique_by=lambda field: field[0])
    return st.one_of(
        st.builds(types.Array, inner),
        st.builds(types.Map, SCALARS, inner),
        st.builds(types.Struct, fields.map(tuple)),
    )


TYPES = st.recursive(SCALARS, nested, max_leaves=4)


def texts_of(type_: types.Type) -> Json:
    """JSON of values that a type holds."""
    match type_:
        case types.Boolean():
            return st.sampled_from(["true", "false"])
        case types.Integer():
            return st.integers(type_.least, type_.most).map(str)
        case types.Float():
            return _floats(type_)
        case types.Decimal():
            return decimals(type_)
        case types.Varchar(length) | types.Char(length):
            return _quoted(st.text(LETTERS | st.just(" "), max_size=length))
        case types.String():
            return _quoted(TEXTS)
        case types.Binary():
            return _quoted(st.binary(max_size=9).map(lambda found: base64.b64encode(found).decode()))
        case types.Date():
            return _quoted(st.dates().map(str))
        case types.Timestamp() | types.TimestampNtz():
            return _quoted(_moments(type_))
    return _nested_texts(type_)


def _nested_texts(type_: types.Type) -> Json:
    match type_:
        case types.Array(element):
            return st.lists(_or_null(texts_of(element)), max_size=3).map(lambda found: f"[{','.join(found)}]")
        case types.Map(key, value):
            keys = texts_of(key).map(lambda text: text if text.startswith('"') else f'"{text}"')
            return st.dictionaries(keys, _or_null(texts_of(value)), max_size=1).map(object_text)
        case types.Struct(fields):
            optional = {json.dumps(name): _or_null(texts_of(field)) for name, field in fields}
            return st.fixed_dictionaries({}, optional=optional).map(object_text)
    raise TypeError(type_)


def object_text(pairs: Mapping[str, str]) -> str:
    """An object of JSON texts."""
    return f"{{{','.join(f'{key}: {value}' for key, value in pairs.items())}}}"


def _quoted(texts: st.SearchStrategy[str]) -> Json:
    return st.builds(lambda text, ascii_only: json.dumps(text, ensure_ascii=ascii_only), texts, st.booleans())


def _or_null(texts: Json) -> Json:
    return texts | st.just("null")


def _floats(type_: types.Float) -> Json:
    finite = st.floats(allow_nan=False, allow_infinity=False, width=type_.bits)
    return st.one_of(
        finite.map(repr),
        finite.filter(lambda value: abs(value) < 1e300).map(lambda value: str(math.trunc(value))),
        st.sampled_from(['"NaN"', '"Infinity"', '"-Infinity"', "-0", "-0.0", "1E2", "1e-400"]),
    )


def decimals(type_: types.Decimal) -> Json:
    """A DECIMAL's numbers, written in every way that is allowed."""
    most = 10**type_.precision - 1
    plain = st.integers(-most, most).map(lambda digits: with_point(digits, type_.scale))
    short = st.integers(-min(most, 99), min(most, 99)).map(lambda digits: f"{digits}e-{type_.scale}")
    return st.one_of(plain, plain.map(json.dumps), short, short.map(json.dumps), st.just("-0.0"))


def with_point(digits: int, scale: int) -> str:
    """`digits` with a point before the last `scale` of them."""
    text = str(abs(digits)).rjust(scale + 1, "0")
    whole, fraction = text[: len(text) - scale], text[len(text) - scale :]
    return f"{'-' if digits < 0 else ''}{whole}{'.' if scale else ''}{fraction}"


def _moments(type_: types.Type) -> st.SearchStrategy[str]:
    years = st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 12, 31))  # noqa: DTZ001 - any offset is put to it
    moments = years.map(str) | years.map(dt.datetime.isoformat)
    if isinstance(type_, types.TimestampNtz):
        return moments
    return st.builds(
        str.__add__, moments, st.sampled_from(["", "Z", "z", "+00:00", "-11:30", "+0545", "+14:00"])
    )


ANYTHING = st.sampled_from(
    [
        "null", "true", "false", "0", "1", "-1", "1.0", "1e0", "-0", "-0.0", "0.5", "1.10", "128",
        "1e400", "-1e400",
        "9223372036854775807", "9223372036854775808", "18446744073709551616", "1" + "0" * 400, "3.4028236e38",
        '""', '" "', '"a"', '"a "', '"abcdef"', '"\\u0000"', '"a\\u0000"', '"\\\\u0000"', '"1"',
        '"1.5"', '"NaN"',
        '"nan"', '"+1"', '"\u0661"', '"true"', '"null"', '"AA=="', '"AB=="', '"AA"', '"AA= ="',
        '"A A="', '"===="',
        '"AA==AA=="', '"_-8="', '"AAA=\\n"', '"=AAA"', '"AAAA="', '"\u00e9AA="', '"2025-12-06"',
        '"2025-02-30"',
        '"2025-12-06T10:30"', '"2025-12-06 10:30:00.1234567"', '"2025-12-06T10:30:00.1234560Z"',
        '"2025-12-06T24:00"',
        '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-01:00"', '"2025-12-06T10:30:00+24:00"',
        "[]", "{}", "[null]", "[[]]", '{"a": 1}', '{"1": null}', '[{"a": [1.0]}]', '{"a": {"a": "a"}}',
    ]
)  # fmt: skip
