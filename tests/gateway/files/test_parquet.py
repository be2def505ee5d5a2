"""How Parquet files are read."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backends import errors
from gateway.files import open_file
from gateway.files.base import RowFile
from gateway.files.source import Source
from tests.gateway.files.reading import PLAIN, Write, batches, infer, load, nullable

MOMENT = datetime(2013, 1, 1, 10, 0, 0, 500_000)  # noqa: DTZ001


def arrow(tmp_path: Path, **columns: pa.Array) -> RowFile:
    pq.write_table(pa.table(columns), tmp_path / "t.parquet", row_group_size=2)
    return open_file(Source(tmp_path / "t.parquet"), None, PLAIN)


@pytest.mark.parametrize(
    ("array", "expected", "first"),
    [
        (pa.array([1], pa.int8()), "TINYINT", 1),
        (pa.array([255], pa.uint8()), "SMALLINT", 255),
        (pa.array([2**32 - 1], pa.uint32()), "BIGINT", 2**32 - 1),
        (pa.array([2**64 - 1], pa.uint64()), "DECIMAL(20,0)", 2**64 - 1),
        (pa.array([0.5], pa.float16()), "FLOAT", Decimal("0.5")),
        (pa.array([float("nan")], pa.float32()), "FLOAT", "NaN"),
        (pa.array([0.1]), "DOUBLE", Decimal("0.1")),
        (pa.array([Decimal("1.50")], pa.decimal128(38, 2)), "DECIMAL(38,2)", Decimal("1.50")),
        (pa.array([Decimal("1.50")], pa.decimal256(38, 2)), "DECIMAL(38,2)", Decimal("1.50")),
        (pa.array([True]), "BOOLEAN", True),
        (pa.array(["x"], pa.large_string()), "STRING", "x"),
        (pa.array(["x"]).dictionary_encode(), "STRING", "x"),
        (pa.array([None], pa.null()), "STRING", None),
        (pa.array([date(1, 1, 1)]), "DATE", "0001-01-01"),
        (pa.array([MOMENT], pa.timestamp("ns")), "TIMESTAMP_NTZ", "2013-01-01T10:00:00.500000"),
        (pa.array([MOMENT], pa.timestamp("ms", "Europe/Rome")), "TIMESTAMP", "2013-01-01T10:00:00.500000Z"),
        (pa.array([b"ab"], pa.binary(2)), "BINARY", "YWI="),
        (pa.array([[1, None]], pa.large_list(pa.int16())), "ARRAY<SMALLINT>", [1, None]),
        (pa.array([[float("inf")]]), "ARRAY<DOUBLE>", ["Infinity"]),
        (pa.array([[(1, "x")]], pa.map_(pa.int32(), pa.string())), "MAP<INT,STRING>", {"1": "x"}),
        (
            pa.array([[(True, 0.5)]], pa.map_(pa.bool_(), pa.float64())),
            "MAP<BOOLEAN,DOUBLE>",
            {"true": Decimal("0.5")},
        ),
        (pa.array([{"x": float("nan"), "y": b"ab"}]), "STRUCT<x:DOUBLE,y:BINARY>", {"x": "NaN", "y": "YWI="}),
    ],
)
def test_an_arrow_type_has_one_that_loses_nothing(
    tmp_path: Path, array: pa.Array, expected: str, first: object
) -> None:
    file = arrow(tmp_path, v=array)
    assert infer(file) == {"v": expected}
    assert load(file) == [{"v": first}]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1], pa.time64("us")),
        pa.array([1], pa.duration("s")),
        pa.array([[1]], pa.list_(pa.time64("us"))),
        pa.array([Decimal(1)], pa.decimal256(39, 0)),
    ],
)
def test_an_arrow_type_without_a_like_is_refused_with_its_column(tmp_path: Path, array: pa.Array) -> None:
    with pytest.raises(errors.Invalid, match='no type holds column "v"'):
        infer(arrow(tmp_path, v=array))


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1, 1001], pa.timestamp("ns")),
        pa.array([[1001]], pa.list_(pa.timestamp("ns"))),
        pa.array([2**62], pa.timestamp("us")),
        pa.array([2**31 - 1], pa.date32()),
        pa.array([[(1, 1), (1, 2)]], pa.map_(pa.int32(), pa.int32())),
    ],
)
def test_an_arrow_value_that_would_lose_something_is_refused(tmp_path: Path, array: pa.Array) -> None:
    with pytest.raises(errors.Invalid, match=r'column "v", rows 1 to [12]: a value does not fit'):
        load(arrow(tmp_path, v=array))


def test_parquet_rows_are_counted_from_one_through_all_groups(tmp_path: Path) -> None:
    found = batches(arrow(tmp_path, a=pa.array(range(5))), 2)
    assert [list(batch.places) for batch in found] == [[1, 2], [3, 4], [5]]
    assert found[-1].position == 5


def test_parquet_columns_are_nullable_where_they_hold_a_null(tmp_path: Path) -> None:
    columns = {"a": pa.array([1, 2, 3]), "b": pa.array([1, 2, None]), "c": pa.array([[1], [2], None])}
    assert nullable(arrow(tmp_path, **columns)) == {"a": False, "b": True, "c": True}
    pq.write_table(pa.table(columns), tmp_path / "u.parquet", write_statistics=False)
    file = open_file(Source(tmp_path / "u.parquet"), None, PLAIN)
    assert nullable(file) == {"a": False, "b": True, "c": True}


def test_what_is_not_parquet_is_refused(write: Write) -> None:
    with pytest.raises(errors.Invalid, match=r"'t\.parquet' is not a Parquet file, or is damaged"):
        write("t.parquet", b"PAR1 and then nothing")
