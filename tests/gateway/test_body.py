"""Bodies: read exactly, and refused where a key is named twice, however it is hidden."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backends.errors import Invalid
from gateway import body

# A JSON value as it is written: an object is a tuple of pairs, so that it may name a key twice.
Written = str | int | bool | None | list["Written"] | tuple[tuple[str, "Written"], ...]

TEXTS = st.text(alphabet='":\\/ \t,{}[]ab\u00e9\U0001d11e', max_size=6)
SPACES = st.text(alphabet=" \t\r\n", max_size=2)


def objects(values: st.SearchStrategy[Written], *, keys: str) -> st.SearchStrategy[Written]:
    """Objects whose keys are "distinct", or drawn from so few that some come "twice"."""
    if keys == "distinct":
        pairs = st.dictionaries(TEXTS, values, max_size=4).map(lambda found: tuple(found.items()))
    else:
        pairs = st.lists(st.tuples(st.sampled_from(["a", 'a"', "a\\", '":', ""]), values), max_size=4).map(
            tuple
        )
    return pairs


def trees(*, keys: str) -> st.SearchStrategy[Written]:
    return st.recursive(
        TEXTS | st.integers() | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | objects(inner, keys=keys),
        max_leaves=12,
    )


def text_of(value: Written, space: Callable[[], str], escape: Callable[[], bool]) -> str:
    """A value as JSON, with any white space between its parts, and any letters of its texts escaped."""
    between = space()
    match value:
        case str():
            return f'"{"".join(escaped(letter, forced=escape()) for letter in value)}"'
        case tuple():
            pairs = (
                f"{text_of(key, space, escape)}{space()}:{space()}{text_of(item, space, escape)}"
                for key, item in value
            )
            return f"{{{between}{f'{between},{space()}'.join(pairs)}{between}}}"
        case list():
            items = (text_of(item, space, escape) for item in value)
            return f"[{between}{f'{between},{space()}'.join(items)}{between}]"
    return json.dumps(value)


def escaped(letter: str, *, forced: bool) -> str:
    """A letter of a text, as it must be written or, forced, as it need not be."""
    if not forced:
        return json.dumps(letter, ensure_ascii=False)[1:-1]
    units = letter.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def objects_in(value: Written) -> Iterator[tuple[tuple[str, Written], ...]]:
    match value:
        case tuple():
            yield value
            for _, item in value:
                yield from objects_in(item)
        case list():
            for item in value:
                yield from objects_in(item)


def names_a_key_twice(value: Written) -> bool:
    return any(len({key for key, _ in found}) < len(found) for found in objects_in(value))


def refused(text: str) -> bool:
    try:
        body.decode(text.encode())
    except Invalid as error:
        if "twice" in error.message:
            return True
        raise
    return False


@settings(max_examples=60)
@given(objects(trees(keys="distinct"), keys="distinct"), st.data())
def test_an_object_that_names_each_key_once_is_never_refused(value: Written, data: st.DataObject) -> None:
    text = text_of(value, lambda: data.draw(SPACES), lambda: data.draw(st.booleans()))
    assert not refused(text)


@settings(max_examples=100)
@given(objects(trees(keys="twice"), keys="twice"), st.data())
@example((("a", 1), ("a", '":')), None)
def test_an_object_is_refused_exactly_where_it_names_a_key_twice(
    value: Written, data: st.DataObject | None
) -> None:
    if data is None:
        text = text_of(value, str, lambda: True)
    else:
        text = text_of(value, lambda: data.draw(SPACES), lambda: data.draw(st.booleans()))
    assert refused(text) == names_a_key_twice(value)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"a" :1}',
        '{"a":1,"a"\n\t\r :1}',
        '{"a":1,"\\u0061":2}',
        '{"a":1,"a":"x\\u0022:"}',
        '{"a":1,"a":"x\\u0022\\u003a"}',
        '{"a":1,"a":"x\\":"}',
        '{"a":1,"a":"x\\"\\u003A"}',
        '{"a":1,"a":"x\\u0022 :"}',
        '{"a\\\\":1,"a\\\\":2}',
        '{"a\\"":1,"a\\u0022":2}',
        '{"":1,"":2}',
        '{"a":{"b":[{"c":1},{"c":1,"d":2,"c":3}]}}',
        '{"a":[[{"b":null,"b":null}]]}',
        '{"\\/":1,"/":2}',
        '{"\\ud834\\udd1e":1,"\U0001d11e":2}',
        '{"a":1,"b":{"a":2},"a":3}',
    ],
)
def test_a_key_named_twice_is_found(text: str) -> None:
    with pytest.raises(Invalid, match="twice"):
        body.decode(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        '{"a":"\\":"}',
        '{"a":"\\u0022:"}',
        '{"a":"b\\u003a"}',
        '{"a\\\\":1,"a":2}',
        '{"a\\\\":1,"a\\"":2,"a\\\\\\"":3}',
        '{"a" :1,"b"\t:"a"}',
        '{"a":{"a":{"a":1}}}',
        '{"a":[{"a":1},{"a":1}]}',
        '{"a":18446744073709551616}',
        '{"a":-170141183460469231731687303715884105728,"b":1e400}',
        '{"a":1,"A":2}',
        '{"\u00e9":1,"e\u0301":2}',
    ],
)
def test_what_only_looks_like_a_key_named_twice_is_not(text: str) -> None:
    body.decode(text.encode())


def test_numbers_keep_every_digit() -> None:
    found = body.decode(b'{"a":1.10,"b":12345678901234567890123456789.5,"c":1e2,"d":9223372036854775808}')
    assert found == {
        "a": Decimal("1.10"),
        "b": Decimal("12345678901234567890123456789.5"),
        "c": Decimal("1E+2"),
        "d": 9223372036854775808,
    }


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"a"',
        b"{}{}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":01}',
        b'{"a":"\xff"}',
        b'{"\xff":1}',
        b'{"a":"\\ud800"}',
        b'{"a":"\x01"}',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b'{"a":' + b"1" * 5000 + b"}",
        b'{"a":1e99999999999999999999}',
        b'{"a":-1e-99999999999999999999}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
@pytest.mark.parametrize("read", [body.decode, lambda text: body.split(text, "data")])
def test_what_is_no_json_object_is_refused(text: bytes, read: Callable[[bytes], object]) -> None:
    with pytest.raises(Invalid):
        read(text)


def test_a_field_is_kept_as_it_was_written() -> None:
    assert body.split(b'{"t":"x", "data" : [ {"a":1.0} ]}', "data") == ({"t": "x"}, b'[ {"a":1.0} ]')


def test_a_field_that_is_not_there_is_told() -> None:
    assert body.split(b'{"t":"x"}', "data") == ({"t": "x"}, None)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('{"data":[1],"data":[1]}', b"[1]"),
        ('{"data":[{"a":1,"a":2}]}', b'[{"a":2}]'),
        ('{"x":{"a":1,"a":2},"data":[]}', b"[]"),
        ('{"x":1,"x":1,"data":["\\u0022:"]}', b'["\\":"]'),
    ],
)
def test_keys_are_counted_in_the_kept_field_too(text: str, kept: bytes) -> None:
    fields, _ = body.split(text.encode(), "data")
    with pytest.raises(Invalid, match="twice"):
        body.refuse_repeated_keys(text.encode(), [{**fields, "data": None}, kept])


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_a_body_of_any_depth_is_read_or_refused(opening: bytes, closing: bytes) -> None:
    for depth in range(900, 1000):
        with suppress(Invalid):
            body.decode(b'{"a":' + opening * depth + b'"\\":"' + closing * depth + b"}")
