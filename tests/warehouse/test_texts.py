"""Arrow's columns as canonical JSON: every value of every type, in every slice."""

import json
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends import errors, types
from backends.types import parse
from backends.values import renderer
from backends.warehouse.texts import joined, objects, texts_of
from tests.strategies import TYPES
from tests.strategies import texts_of as written
from tests.warehouse.arrow import arrow


def canonical(type_: types.Type, text: str) -> str | None:
    """The canonical text of a JSON value; None of null."""
    value = json.loads(text, parse_float=Decimal)
    return None if value is None else renderer(type_)(value)


def read(text: str | None) -> object:
    """A JSON text's value, its numbers exact."""
    return None if text is None else json.loads(text, parse_float=Decimal)


@given(st.data())
def test_a_column_of_any_type_is_written_as_the_contract_has_it(data: st.DataObject) -> None:
    type_ = data.draw(TYPES)
    texts = [canonical(type_, text) for text in data.draw(st.lists(written(type_), min_size=1, max_size=5))]
    column = arrow(type_, texts)
    start = data.draw(st.integers(0, len(texts) - 1))
    found = texts_of(type_)(column[start:]).to_pylist()
    if "FLOAT" in str(type_) or "DOUBLE" in str(type_):  # whose exponents may be written in several ways
        assert list(map(read, found)) == list(map(read, texts[start:]))
    else:
        assert found == texts[start:]


@pytest.mark.parametrize("name", ["DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "ARRAY<TIMESTAMP>"])
@pytest.mark.parametrize("microseconds", [-62_135_596_800_000_001, 253_402_300_800_000_000])
def test_a_moment_outside_the_years_1_to_9999_is_refused(name: str, microseconds: int) -> None:
    days = pa.array([microseconds // 86_400_000_000], pa.int32()).cast(pa.date32())
    moments = pa.array([microseconds], pa.int64()).cast(pa.timestamp("us", "UTC"))
    column = {"DATE": days, "ARRAY<TIMESTAMP>": pa.ListArray.from_arrays([0, 1], moments)}.get(name, moments)
    with pytest.raises(errors.Unsupported, match="outside the years"):
        texts_of(parse(name))(column)


def test_rows_are_objects_of_their_columns() -> None:
    columns = [texts_of(parse("INT"))(pa.array([1, None])), texts_of(parse("STRING"))(pa.array(['"', "x"]))]
    rows = objects(["a", 'b"'], columns, "\n")
    assert joined(rows) == b'{"a":1,"b\\"":"\\""}\n{"a":null,"b\\"":"x"}\n'
    assert joined(rows[1:]) == b'{"a":null,"b\\"":"x"}\n'
    assert joined(rows[:0]) == b""


def test_minus_zero_is_zero() -> None:
    column = pa.array([-0.0, 0.0])
    assert texts_of(parse("DOUBLE"))(column).to_pylist() == ["0.0", "0.0"]
    assert texts_of(parse("FLOAT"))(column.cast(pa.float32())).to_pylist() == ["0.0", "0.0"]
