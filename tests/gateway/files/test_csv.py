"""How CSV files are read."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends import errors, types
from gateway.files.base import Reading
from gateway.files.records import Literal, Records
from gateway.files.text import converter
from tests.gateway.files.reading import NA, Write, batches, infer, load


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        ("BOOLEAN", "T", "true"),
        ("BOOLEAN", "0", "false"),
        ("BOOLEAN", "yes", '"yes"'),
        ("INT", " +007 ", "7"),
        ("INT", "517.0", "517"),
        ("INT", "5.5", '"5.5"'),
        ("INT", "1_0", '"1_0"'),
        ("BIGINT", "9223372036854775808", "9223372036854775808"),
        ("INT", "9" * 5000, f'"{"9" * 5000}"'),
        (
            "DECIMAL(38,18)",
            "12345678901234567890.123456789012345678",
            '"12345678901234567890.123456789012345678"',
        ),
        ("DECIMAL(5,2)", ".5", '"0.5"'),
        ("DECIMAL(5,2)", "abc", '"abc"'),
        ("DOUBLE", "1e3", "1e3"),
        ("DOUBLE", "-.5E+10", "-5E+9"),
        ("DOUBLE", "nan", '"NaN"'),
        ("FLOAT", "-Inf", '"-Infinity"'),
        ("STRING", ' a"b\\ ', '" a\\"b\\\\ "'),
        ("DATE", " 2013-01-01", '"2013-01-01"'),
        ("BINARY", "YWI=", '"YWI="'),
        ("ARRAY<INT>", "[1, 2]", "[1, 2]"),
        ("STRUCT<a:DECIMAL(30,20)>", '{"a": 1.10000000000000000001}', '{"a": 1.10000000000000000001}'),
        ("ARRAY<INT>", "[1, 2", '"[1, 2"'),
    ],
)
def test_a_text_becomes_json_of_the_columns_type(type_: str, text: str, expected: str) -> None:
    assert converter(types.parse(type_))(text) == expected


def test_an_unquoted_null_is_null_and_a_quoted_one_is_text(write: Write) -> None:
    file = write("t.csv", 'a,b,n\n,"",""\nx,y,5\n')
    assert load(file, a="STRING", b="STRING", n="INT") == [
        {"a": None, "b": "", "n": None},
        {"a": "x", "b": "y", "n": 5},
    ]


def test_the_text_of_a_null_can_be_chosen(write: Write) -> None:
    file = write("t.csv", 'a,b\nNA,"NA"\n,x\n', NA)
    assert load(file, a="STRING", b="STRING") == [{"a": None, "b": "NA"}, {"a": "", "b": "x"}]


def test_rows_tell_the_line_they_begin_on(write: Write) -> None:
    file = write("t.csv", 'a,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n3,"q\n"\n4,w')
    [batch] = batches(file)
    assert list(batch.places) == [2, 5, 6, 8]
    assert json.loads(batch.data)[0]["b"] == "x\r\ny"


def test_an_empty_line_is_a_null_where_there_is_one_column(write: Write) -> None:
    assert load(write("t.csv", "a\nx\n\n"), a="STRING") == [{"a": "x"}, {"a": None}]


def test_a_byte_order_mark_is_no_part_of_a_name(write: Write) -> None:
    assert load(write("t.csv", b"\xef\xbb\xbfa\n1\n")) == [{"a": 1}]


def test_a_delimiter_and_an_encoding_can_be_chosen(write: Write) -> None:
    file = write("t.csv", "a;b\né;1,5\n".encode("cp1252"), Reading(delimiter=";", encoding="cp1252"))
    assert load(file) == [{"a": "é", "b": "1,5"}]


def test_a_tsv_file_is_split_at_tabs(write: Write) -> None:
    assert load(write("t.tsv", "a\tb\n1,5\t2\n")) == [{"a": "1,5", "b": 2}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("a,a\n", 'two columns "a"'),
        ("a,,b\n", "column 2 of the file has no name"),
        ("a,b\n1,2\n3\n", "line 3 has 1 fields, and the header 2"),
        ('a,b\n1,2\n3,"x\n', "line 3: a quote is never closed"),
        ('a,b\n1,"x"y\n', "line 2, field 2: text before or after a quoted part"),
        (b"a,b\n1,2\n1,\xff\n", "line 3 is not utf-8 text"),
    ],
)
def test_a_csv_file_that_cannot_be_read_is_refused_with_its_line(
    write: Write, content: str | bytes, message: str
) -> None:
    with pytest.raises(errors.Invalid, match=message):
        infer(write("t.csv", content))


def test_columns_that_the_table_lacks_are_named_before_any_row(write: Write) -> None:
    with pytest.raises(errors.Invalid, match=r'main\.main\.t has no column "b", "c"'):
        batches(write("t.csv", "a,b,c\n1,2,3\n"), a="INT")


FIELD = st.text(st.characters(codec="utf-8"), max_size=5) | st.text('",;\n\r x', max_size=4)


@given(st.lists(st.lists(FIELD, min_size=2, max_size=2), min_size=1, max_size=5))
def test_what_pythons_csv_writes_is_read_back(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    lines = io.StringIO(written.getvalue(), newline="")
    assert [record for _, record in Records(",", frozenset()).of(lines)] == rows


@given(st.lists(st.lists(FIELD, min_size=1, max_size=3), min_size=1, max_size=5))
def test_every_quoted_field_is_read_back_as_text(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    lines = io.StringIO(written.getvalue(), newline="")
    expected = [[Literal("") if field == "" else field for field in row] for row in rows]
    assert [record for _, record in Records(",", frozenset({""})).of(lines)] == expected
