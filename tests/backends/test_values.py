"""Values: what each type takes, its canonical form, and that the form is exact."""

import base64
import datetime as dt
import decimal
import json
import struct
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backends import types
from backends.misfit import Misfit
from backends.values import NON_FINITE, compared, reader, renderer
from gateway import body
from tests.strategies import ANYTHING, DECIMALS, SCALARS, TYPES, decimals, texts_of, with_point

FLOAT, DOUBLE = types.Float(32), types.Float(64)
TIMESTAMP, NTZ = types.Timestamp(), types.TimestampNtz()
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(
    lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))
)
EXACT = decimal.Context(prec=100)


def canonical(type_: types.Type, value: object) -> object:
    """What a scalar type makes of a JSON value as Python holds it."""
    return reader(type_)(value)


def narrowed(value: float) -> float:
    """The 32-bit number nearest to a double."""
    single: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return single


def accepts(type_: types.Type, value: object) -> bool:
    try:
        renderer(type_)(value)
    except Misfit:
        return False
    return True


@given(st.data(), TYPES)
def test_what_is_canonical_is_rendered_as_it_is(data: st.DataObject, type_: types.Type) -> None:
    text = renderer(type_)(body.value_of(data.draw(texts_of(type_)).encode()))
    assert renderer(type_)(body.value_of(text.encode())) == text


@given(st.data(), SCALARS)
def test_what_is_canonical_is_read_as_it_is(data: st.DataObject, type_: types.Type) -> None:
    found = canonical(type_, body.value_of(data.draw(texts_of(type_)).encode()))
    assert canonical(type_, found if not isinstance(found, float) else Decimal(repr(found))) == found


@settings(max_examples=300)
@given(TYPES, ANYTHING | st.text(alphabet="0123456789.-+eET:Z ", max_size=12).map(json.dumps))
def test_anything_fits_or_is_a_misfit(type_: types.Type, text: str) -> None:
    value = body.value_of(text.encode())
    if value is not None and accepts(type_, value):
        json.loads(renderer(type_)(value))


@pytest.mark.parametrize(
    "type_", [types.Boolean(), types.String(), types.Binary(), types.Date(), TIMESTAMP, DOUBLE]
)
@pytest.mark.parametrize("value", [None, [], {}, object(), b"x"])
def test_what_json_lacks_is_no_scalar(type_: types.Type, value: object) -> None:
    assert not accepts(type_, value)


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_integers_fit_up_to_their_bounds(bits: int) -> None:
    type_ = types.parse({8: "TINYINT", 16: "SMALLINT", 32: "INT", 64: "BIGINT"}[bits])
    most = 2 ** (bits - 1) - 1
    assert [accepts(type_, value) for value in (-most - 2, -most - 1, most, most + 1)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("value", [True, False, Decimal("1.0"), Decimal("1E0"), "1", 1.0])
def test_an_integer_is_written_as_one(value: object) -> None:
    assert not accepts(types.Integer(32), value)


@given(st.data(), DECIMALS)
def test_a_decimal_is_exact(data: st.DataObject, type_: types.Decimal) -> None:
    value = body.value_of(data.draw(decimals(type_)).encode())
    found = canonical(type_, value)
    assert isinstance(found, str)
    assert Decimal(found) == Decimal(str(value))
    assert -Decimal(found).as_tuple().exponent == type_.scale  # type: ignore[operator]
    assert not found.startswith("-0") or Decimal(found) != 0


@given(DECIMALS, st.integers(-(10**39), 10**39), st.integers(0, 40))
@example(types.Decimal(38, 38), 10**38, 38)
@example(types.Decimal(1, 0), 95, 1)
def test_a_decimal_takes_exactly_the_numbers_of_its_digits(
    type_: types.Decimal, digits: int, places: int
) -> None:
    value = Decimal(with_point(digits, places))
    scaled = EXACT.scaleb(value, type_.scale)
    fits = scaled == scaled.to_integral_value(context=EXACT) and abs(scaled) < 10**type_.precision
    assert accepts(type_, value) is accepts(type_, str(value)) is fits


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "1_0", "0x1", "1.", ".5", "--1", "1e", "NaN", "sNaN", "Infinity", "\u0661", "1,5"],
)
def test_a_text_that_is_no_number_is_no_decimal(text: str) -> None:
    assert not accepts(types.Decimal(10, 2), text)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
@example(1e-45)
@example(3.4028234663852886e38)
@example(16777216.0)
@example(0.1)
def test_a_float_is_the_shortest_text_of_its_32_bits(value: float) -> None:
    found = canonical(FLOAT, Decimal(value))
    assert isinstance(found, float)
    assert narrowed(found) == narrowed(value)
    digits = len(Decimal(repr(found)).normalize().as_tuple().digits)
    shorter = (float(f"{narrowed(value):.{count}g}") for count in range(1, digits))
    assert all(abs(one) > 3.4028235677973362e38 or narrowed(one) != narrowed(value) for one in shorter)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_rounded_to_the_nearest_or_out_of_range(value: float) -> None:
    try:
        single = narrowed(value)
    except OverflowError:
        assert not accepts(FLOAT, Decimal(value))
    else:
        found = canonical(FLOAT, Decimal(value))
        assert isinstance(found, float)
        assert narrowed(found) == single


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_keeps_its_64_bits(value: float) -> None:
    text = renderer(DOUBLE)(Decimal(repr(value)))
    assert struct.pack("<d", float(text)) == struct.pack("<d", value + 0.0)


@pytest.mark.parametrize("type_", [FLOAT, DOUBLE])
@pytest.mark.parametrize("word", NON_FINITE)
def test_what_is_no_finite_number_has_a_word(type_: types.Type, word: str) -> None:
    assert renderer(type_)(word) == f'"{word}"'


@pytest.mark.parametrize("type_", [FLOAT, DOUBLE])
@pytest.mark.parametrize("word", ["nan", "inf", "+Infinity", "-NaN", "1.5", "", "infinity"])
def test_other_words_are_no_numbers(type_: types.Type, word: str) -> None:
    assert not accepts(type_, word)


@pytest.mark.parametrize("type_", [FLOAT, DOUBLE, types.Decimal(4, 2), types.Decimal(4, 0)])
@pytest.mark.parametrize("zero", [Decimal("-0.0"), Decimal("-0"), 0, Decimal("0e-5")])
def test_minus_zero_is_zero(type_: types.Type, zero: object) -> None:
    assert not renderer(type_)(zero).startswith("-")


@given(st.binary(max_size=50))
def test_bytes_are_kept_in_base64(value: bytes) -> None:
    text = base64.b64encode(value).decode()
    assert canonical(types.Binary(), text) == text


@given(st.text(alphabet="ABab09+/=-_ \n\u00e9", max_size=8))
@example("AAAA=")
def test_what_passes_as_base64_comes_out_canonical(text: str) -> None:
    if accepts(types.Binary(), text):
        found = str(canonical(types.Binary(), text))
        assert base64.b64encode(base64.b64decode(found)).decode() == found
        assert len(text) % 4 == 0


@pytest.mark.parametrize(
    ("type_", "text", "found"),
    [
        (types.Varchar(3), "a  ", "a  "),
        (types.Varchar(3), "\U0001d11e" * 3, "\U0001d11e" * 3),
        (types.Varchar(3), "abcd", None),
        (types.Varchar(3), "abc ", None),
        (types.Char(3), "a  ", "a"),
        (types.Char(3), "abc   ", "abc"),
        (types.Char(3), "   ", ""),
        (types.Char(3), "abc\t", None),
        (types.Char(3), "abcd", None),
        (types.String(), " ", " "),
        (types.String(), "a\0", None),
        (types.Char(3), "\0", None),
    ],
)
def test_text_is_measured_in_characters(type_: types.Type, text: str, found: str | None) -> None:
    assert (canonical(type_, text) if accepts(type_, text) else None) == found


def test_text_to_compare_with_may_have_any_length() -> None:
    assert canonical(compared(types.Varchar(1)), "abc") == "abc"
    assert canonical(compared(types.Char(1)), "abc ") == "abc"


@pytest.mark.parametrize(
    ("type_", "text", "found"),
    [
        ("ARRAY<INT>", "[1,null,2]", "[1,null,2]"),
        ("ARRAY<DECIMAL(5,2)>", '[1,"2.5"]', "[1.00,2.50]"),
        ("MAP<STRING,INT>", '{"b":1,"a":null}', '{"b":1,"a":null}'),
        ("MAP<INT,INT>", '{"1":1,"-2":2}', '{"1":1,"-2":2}'),
        ("MAP<BOOLEAN,INT>", '{"true":1}', '{"true":1}'),
        ("MAP<DECIMAL(5,2),INT>", '{"1.5":1}', '{"1.50":1}'),
        ("MAP<DOUBLE,INT>", '{"NaN":1,"1.50":2}', '{"NaN":1,"1.5":2}'),
        ("MAP<DATE,INT>", '{"2025-01-01":1}', '{"2025-01-01":1}'),
        ("STRUCT<a:INT,b:STRING>", '{"b":"x"}', '{"a":null,"b":"x"}'),
        ("STRUCT<a:TIMESTAMP>", '{"a":"2025-01-01"}', '{"a":"2025-01-01T00:00:00+00:00"}'),
        (
            "ARRAY<STRUCT<`a b`:ARRAY<BOOLEAN>>>",
            '[{"a b":[true]},{},null]',
            '[{"a b":[true]},{"a b":null},null]',
        ),
    ],
)
def test_nested_values_are_canonical_throughout(type_: str, text: str, found: str) -> None:
    assert renderer(types.parse(type_))(body.value_of(text.encode())).replace(" ", "") == found.replace(
        " ", ""
    )


@pytest.mark.parametrize(
    ("type_", "text", "place"),
    [
        ("ARRAY<INT>", "{}", ()),
        ("ARRAY<INT>", '[1,"2"]', (1,)),
        ("ARRAY<ARRAY<INT>>", "[[],[1,1.5]]", (1, 1)),
        ("MAP<STRING,INT>", "[]", ()),
        ("MAP<STRING,INT>", '{"a":"b"}', ("a",)),
        ("MAP<INT,INT>", '{"x":1}', ("x",)),
        ("MAP<INT,INT>", '{"1.0":1}', ("1.0",)),
        ("MAP<INT,INT>", '{"":1}', ("",)),
        ("MAP<BOOLEAN,INT>", '{"1":1}', ("1",)),
        ("MAP<DOUBLE,INT>", '{"1":1,"1.0":2}', ("1.0",)),
        ("MAP<DOUBLE,INT>", '{"1e99999999999999999999":1}', ("1e99999999999999999999",)),
        ("MAP<DECIMAL(5,2),INT>", '{"1":1,"1.00":2}', ("1.00",)),
        ("MAP<CHAR(3),INT>", '{"a":1,"a ":2}', ("a ",)),
        ("STRUCT<a:INT>", '{"b":1}', ("b",)),
        ("STRUCT<a:INT>", '{"A":1}', ("A",)),
        ("STRUCT<a:STRUCT<b:INT>>", '{"a":{"b":true}}', ("a", "b")),
    ],
)
def test_a_fault_in_a_nested_value_has_its_place(type_: str, text: str, place: tuple[str | int, ...]) -> None:
    with pytest.raises(Misfit) as misfit:
        renderer(types.parse(type_))(body.value_of(text.encode()))
    assert misfit.value.loc == place


@pytest.mark.parametrize("key", ["[" * 100_000, "1" * 5000, "-", '"a"', "[]", "{}", "null"])
def test_a_key_of_a_map_is_never_more_than_a_misfit(key: str) -> None:
    assert not accepts(types.parse("MAP<INT,INT>"), {key: 1})
