"""How NDJSON files are read, and which types are found in them."""

import json

import pytest

from backends import errors, types
from gateway.files.base import Hints
from tests.gateway.files.reading import Write, batches, infer, nullable


def test_lines_pass_as_they_are_digit_by_digit(write: Write) -> None:
    line = '{"a": 1.10000000000000000000000001, "b": 12345678901234567890123}'
    [batch] = batches(write("t.ndjson", f"\n{line}\r\n\n"), a="DECIMAL(38,26)", b="DECIMAL(38,0)")
    assert batch.data == f"[{line}]".encode()
    assert list(batch.places) == [2]


def test_types_are_found_in_json_values(write: Write) -> None:
    rows: list[dict[str, object]] = [
        {
            "i": 1,
            "d": 1.25,
            "b": True,
            "s": "12",
            "t": "2013-01-01",
            "l": [1, None],
            "o": {"x": 1},
            "f": 1e300,
        },
        {"i": 3_000_000_000, "d": 2, "b": None, "s": "x", "l": [], "o": {"y": [{"z": "q"}]}, "f": "NaN"},
    ]
    assert infer(write("t.jsonl", "".join(json.dumps(row) + "\n" for row in rows))) == {
        "i": "BIGINT",
        "d": "DECIMAL(3,2)",
        "b": "BOOLEAN",
        "s": "STRING",
        "t": "DATE",
        "l": "ARRAY<INT>",
        "o": "STRUCT<x:INT,y:ARRAY<STRUCT<z:STRING>>>",
        "f": "DOUBLE",
    }


def test_a_key_that_not_every_line_brings_is_nullable(write: Write) -> None:
    file = write("t.ndjson", '{"a":1,"b":2}\n{"b":3,"c":4}\n{"b":null}\n')
    assert nullable(file) == {"a": True, "b": True, "c": True}
    assert nullable(write("u.ndjson", '{"a":1}\n{"a":2}\n')) == {"a": False}


@pytest.mark.parametrize(
    "content",
    ['{"a": 1}\n{"a": "x"}', '{"a": {}}', '{"a": [1, "x"]}', '{"a": true}\n{"a": 0}', f'{{"a": {"1" * 39}}}'],
)
def test_json_values_without_a_common_type_need_one_to_be_given(write: Write, content: str) -> None:
    with pytest.raises(errors.Invalid, match=r'no type holds every value of "a".*--type "a=\.\.\."'):
        infer(write("t.ndjson", content))
    assert infer(write("t.ndjson", content), a="STRING") == {"a": "STRING"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a":1}\n{"a":1},{"a":2}', "line 2 is not one JSON object"),
        (b"{", "line 1 is not one JSON object"),
        (b"[1]", "line 1 is JSON, but not an object"),
        (b'{"a":"\xff"}', "line 1 is not UTF-8 text"),
        (b'{"a":' + b"[" * 100_000, "line 1 is not one JSON object"),
    ],
)
def test_a_line_that_is_no_object_is_refused(write: Write, content: bytes, message: str) -> None:
    file = write("t.ndjson", content)
    with pytest.raises(errors.Invalid, match=message):
        infer(file)
    with pytest.raises(errors.Invalid, match=message):
        batches(file, a="INT")


def test_a_column_without_values_is_text_unless_its_name_tells_more(write: Write) -> None:
    hints = Hints(blank={"a": types.Timestamp(), "c": types.Date()})
    for name, content in (("t.ndjson", '{"a":null,"b":null,"c":1}'), ("t.csv", "a,b,c\n,,1\n")):
        found = write(name, content).infer(hints, lambda _: None)
        assert [str(column.type) for column in found] == ["TIMESTAMP", "STRING", "INT"]
