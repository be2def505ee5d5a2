"""Volumes' files: PUT, LIST, REMOVE, parquet in FROM, COPY INTO."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.workspace_tests.engine_cases.harness import SCHEMA, Run, T

VOLUME = "/Volumes/main/cases/files"
ROWS = pa.table(
    {
        "id": pa.array([1, 2], pa.int64()),
        "price": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
        "at": pa.array([dt.datetime(2020, 1, 1, tzinfo=dt.UTC), None], pa.timestamp("us", tz="UTC")),
        "tags": pa.array([["a"], []], pa.list_(pa.string())),
    }
)


class FileCases:
    """What a client has put into a volume."""

    @pytest.fixture
    def volume(self, run: Run, folder: Path) -> Path:
        """The folder of an empty volume; `folder` is the engine's."""
        run(f"CREATE VOLUME {SCHEMA}.`files`")
        return folder / "volumes" / "main" / "cases" / "files"

    def test_a_put_tells_what_to_upload(self, run: Run, volume: Path) -> None:
        upload = run(f"PUT '/tmp/a' INTO '{VOLUME}/sub/a.parquet' OVERWRITE").upload
        assert upload is not None
        assert (upload.local_file, upload.path, upload.overwrite) == (
            "/tmp/a",
            f"{VOLUME}/sub/a.parquet",
            True,
        )

    def test_a_put_does_not_overwrite_unasked(self, run: Run, volume: Path) -> None:
        volume.joinpath("a").write_bytes(b"x")
        assert run.refused(f"PUT '/tmp/a' INTO '{VOLUME}/a'").startswith(
            "FILE_IN_STAGING_PATH_ALREADY_EXISTS"
        )

    @pytest.mark.parametrize(
        "path", ["/tmp/a", "/Volumes/main/cases/nothing/a", "/Volumes/main/cases/files/../x"]
    )
    def test_a_path_outside_of_volumes_is_refused(self, run: Run, volume: Path, path: str) -> None:
        with pytest.raises(Exception, match="SQLSTATE"):
            run(f"PUT '/tmp/a' INTO '{path}' OVERWRITE")

    def test_files_are_listed_and_removed(self, run: Run, volume: Path) -> None:
        volume.joinpath("a.txt").write_bytes(b"abc")
        assert run.rows(f"LIST '{VOLUME}'") == [(f"{VOLUME}/a.txt", "a.txt", 3)]
        run(f"REMOVE '{VOLUME}/a.txt'")
        assert run.rows(f"LIST '{VOLUME}'") == []
        assert run.refused(f"REMOVE '{VOLUME}/a.txt'").startswith("PATH_NOT_FOUND")

    def test_a_file_is_read(self, run: Run, volume: Path) -> None:
        pq.write_table(ROWS, volume / "a.parquet")
        for source in (
            f"parquet.`{VOLUME}/a.parquet`",
            f"read_files('{VOLUME}/a.parquet', format => 'parquet')",
        ):
            assert run.rows(f"SELECT id, price, tags FROM {source} ORDER BY id") == [
                (1, Decimal("1.50"), ["a"]),
                (2, None, []),
            ]

    def test_a_file_that_is_not_there_is_refused(self, run: Run, volume: Path) -> None:
        assert run.refused(f"SELECT * FROM parquet.`{VOLUME}/a.parquet`").startswith("PATH_NOT_FOUND")

    def test_a_file_is_copied_into_a_table_once(self, run: Run, volume: Path) -> None:
        pq.write_table(ROWS, volume / "a.parquet")
        run(
            f"CREATE TABLE {T} (tags ARRAY<STRING>, id BIGINT, price DECIMAL(38, 18), x STRING, at TIMESTAMP)"
        )
        sql = f"COPY INTO {T} FROM '{VOLUME}/a.parquet' FILEFORMAT = PARQUET"
        assert run(sql).modified == 2
        assert run(sql).modified == 0
        assert run(f"{sql} COPY_OPTIONS ('force' = 'true')").modified == 2
        assert run.rows(f"SELECT DISTINCT id, price, x FROM {T} ORDER BY id") == [
            (1, Decimal("1.50"), None),
            (2, None, None),
        ]

    def test_a_copy_of_rows_that_do_not_fit_is_refused(self, run: Run, volume: Path) -> None:
        pq.write_table(ROWS, volume / "a.parquet")
        run(f"CREATE TABLE {T} (id INT, price DECIMAL(38, 18) NOT NULL, at TIMESTAMP, tags ARRAY<STRING>)")
        sql = f"COPY INTO {T} FROM '{VOLUME}/a.parquet' FILEFORMAT = PARQUET"
        assert run.refused(sql) == "DELTA_NOT_NULL_CONSTRAINT_VIOLATED 23502"
        assert run.rows(f"SELECT * FROM {T}") == []

    def test_rows_are_inserted_from_a_file(self, run: Run, volume: Path) -> None:
        pq.write_table(ROWS, volume / "a.parquet")
        run(f"CREATE TABLE {T} (id BIGINT)")
        run(f"INSERT INTO {T} (id) SELECT id FROM parquet.`{VOLUME}/a.parquet`")
        assert run.column(f"SELECT id FROM {T} ORDER BY id") == [1, 2]
