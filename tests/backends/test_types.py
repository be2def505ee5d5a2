"""Column types: their names, read and written."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends import types
from backends.types import Type, TypeSyntaxError, parse
from tests.strategies import TYPES

SPACED = {mark: f" {mark}\n\t" for mark in "<>(),:"}


@given(TYPES)
def test_a_type_is_read_back_from_its_name(type_: Type) -> None:
    assert parse(str(type_)) == type_


@given(TYPES)
def test_equal_types_have_one_hash_and_one_name(type_: Type) -> None:
    again = parse(str(type_))
    assert (hash(again), str(again)) == (hash(type_), str(type_))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("boolean", "BOOLEAN"),
        ("TinyInt", "TINYINT"),
        ("smallint", "SMALLINT"),
        ("int", "INT"),
        ("INTEGER", "INT"),
        ("bigint", "BIGINT"),
        ("float", "FLOAT"),
        ("double", "DOUBLE"),
        ("decimal", "DECIMAL(10,0)"),
        ("DECIMAL(5)", "DECIMAL(5,0)"),
        ("decimal ( 38 , 38 )", "DECIMAL(38,38)"),
        ("string", "STRING"),
        ("varchar(1)", "VARCHAR(1)"),
        ("char( 7 )", "CHAR(7)"),
        ("date", "DATE"),
        ("timestamp", "TIMESTAMP"),
        ("timestamp_ntz", "TIMESTAMP_NTZ"),
        ("binary", "BINARY"),
        (" array < int > ", "ARRAY<INT>"),
        ("map<string,array<double>>", "MAP<STRING,ARRAY<DOUBLE>>"),
        ("struct<a:int,B:string>", "STRUCT<a:INT,B:STRING>"),
        ("struct<a int>", "STRUCT<a:INT>"),
        ("struct<`a b`:int,`c``d`:int>", "STRUCT<`a b`:INT,`c``d`:INT>"),
        ("struct<int:int>", "STRUCT<int:INT>"),
        ("STRUCT<`\u00e9\U0001d11e<,>`:INT>", "STRUCT<`\u00e9\U0001d11e<,>`:INT>"),
    ],
)
def test_a_type_is_read_in_any_case_and_spacing(text: str, name: str) -> None:
    assert str(parse(text)) == name


@pytest.mark.parametrize("name", ["DECIMAL(10,2)", "MAP<STRING,STRUCT<a:ARRAY<VARCHAR(3)>,b:DATE>>"])
def test_white_space_between_the_parts_means_nothing(name: str) -> None:
    spaced = "".join(SPACED.get(letter, letter) for letter in name)
    assert str(parse(f"\n{spaced} ")) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "TEXT",
        "INT INT",
        "INT(4)",
        "INT NOT NULL",
        "VARCHAR",
        "VARCHAR()",
        "VARCHAR(0)",
        "VARCHAR(-1)",
        "VARCHAR(1.5)",
        "VARCHAR(3,4)",
        "VARCHAR(10485761)",
        "VARCHAR(99999999999999999999)",
        "VARCHAR(\u0663)",
        "CHAR",
        "CHAR(0)",
        "DECIMAL(0)",
        "DECIMAL(39)",
        "DECIMAL(5,6)",
        "DECIMAL(5,-1)",
        "DECIMAL(5,2,1)",
        "DECIMAL(5,2",
        "DECIMAL(,)",
        "ARRAY",
        "ARRAY<>",
        "ARRAY<INT",
        "ARRAY<INT>>",
        "ARRAY<INT,INT>",
        "ARRAY(INT)",
        "MAP<STRING>",
        "MAP<ARRAY<INT>,INT>",
        "MAP<STRING,INT,INT>",
        "STRUCT<>",
        "STRUCT<a>",
        "STRUCT<a:>",
        "STRUCT<a:INT,>",
        "STRUCT<a:INT,a:INT>",
        "STRUCT<a b:INT>",
        "STRUCT<1a:INT>",
        "STRUCT<`a:INT>",
        "STRUCT<``:INT>",
        "INT;",
        "INT --",
        "INT\0",
        "INT'",
        "\u0130NT",
    ],
)
def test_what_names_no_type_is_refused(text: str) -> None:
    with pytest.raises(TypeSyntaxError):
        parse(text)


@given(st.text(alphabet="ARY<>MPSTUC(),:`ab INDEL0129", max_size=30))
def test_any_text_names_a_type_or_is_refused(text: str) -> None:
    with suppress(TypeSyntaxError):
        assert parse(str(parse(text))) == parse(text)


def test_a_refusal_shows_no_more_than_the_beginning() -> None:
    with pytest.raises(TypeSyntaxError) as refusal:
        parse("ARRAY<" * 100_000)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(("levels", "fits"), [(types.MAX_DEPTH, True), (types.MAX_DEPTH + 1, False)])
def test_types_are_nested_16_deep_at_most(levels: int, fits: bool) -> None:
    text = "ARRAY<" * levels + "INT" + ">" * levels
    if fits:
        assert str(parse(text)) == text
    else:
        with pytest.raises(TypeSyntaxError, match="deep"):
            parse(text)


def test_the_depth_is_counted_along_each_branch() -> None:
    deep = "ARRAY<" * (types.MAX_DEPTH - 1) + "INT" + ">" * (types.MAX_DEPTH - 1)
    assert parse(f"STRUCT<a:{deep},b:{deep},c:{deep}>").nested


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("TINYINT", -128, 127),
        ("SMALLINT", -32768, 32767),
        ("INT", -2147483648, 2147483647),
        ("BIGINT", -9223372036854775808, 9223372036854775807),
    ],
)
def test_integers_have_the_bounds_of_their_bits(name: str, least: int, most: int) -> None:
    found = parse(name)
    assert isinstance(found, types.Integer)
    assert (found.least, found.most) == (least, most)


@pytest.mark.parametrize("text", ["ARRAY<INT>", "MAP<INT,INT>", "STRUCT<a:INT>"])
def test_only_types_made_of_others_are_nested(text: str) -> None:
    assert parse(text).nested
    assert not parse("INT").nested
