"""`gateway load`."""

import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flask import Flask

from gateway.cli import progress
from gateway.views import EXTENSION
from tests.gateway.cli.asking import Run, rows


def test_a_csv_file_is_loaded_with_every_digit(run: Run, planes: Path) -> None:
    assert rows(run, "planes", "--order-by", "tail") == [
        {"tail": "N1", "seats": 55, "built": "2004-01-31", "weight": "39.020000000000000"},
        {"tail": "N2", "seats": None, "built": "2005-02-28", "weight": "10.357019999999999"},
        {"tail": "N3", "seats": 2, "built": None, "weight": "100.000000000000000"},
    ]


def test_load_tells_what_it_created_and_loaded(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,\n2,x\n")
    found = run("load", tmp_path / "t.csv", "--table", "t", "--create", "--primary-key", "a")
    assert found.stderr == "created main.main.t (a INT NOT NULL, b STRING)\n"
    assert found.stdout.startswith("loaded 2 rows into main.main.t in 0.")


def test_ndjson_and_parquet_are_loaded_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.ndjson.gz").write_bytes(gzip.compress(b'{"k": 1, "v": [1.25]}\n{"k": 2, "v": null}\n'))
    run("load", tmp_path / "t.ndjson.gz", "--table", "n", "--create", "--primary-key", "k")
    assert rows(run, "n", "--order-by", "k") == [{"k": 1, "v": ["1.25"]}, {"k": 2, "v": None}]
    pq.write_table(pa.table({"k": [1], "v": [float("nan")]}), tmp_path / "t.parquet")
    run("load", tmp_path / "t.parquet", "--table", "p", "--create")
    assert rows(run, "p") == [{"k": 1, "v": "NaN"}]


def test_an_exported_table_is_created_again_as_it_was(run: Run, planes: Path, tmp_path: Path) -> None:
    (tmp_path / "t.ndjson").write_text(run("read", "planes", "--format", "ndjson").stdout)
    run("load", tmp_path / "t.ndjson", "--table", "again", "--create", "--primary-key", "tail")
    described = [line.split()[:2] for line in run("tables", "again").stdout.splitlines()[3:]]
    assert ["updated_at", "TIMESTAMP"] in described
    assert ["deleted_at", "TIMESTAMP"] in described


def test_standard_input_is_loaded(run: Run) -> None:
    found = run("load", "-", "--input-format", "csv", "--table", "t", "--create", stdin="a\n1\n")
    assert found.exit_code == 0, found.stderr
    assert rows(run, "t") == [{"a": 1}]


def test_standard_input_needs_its_format(run: Run) -> None:
    found = run("load", "-", "--table", "t", "--create", stdin="a\n1\n")
    assert found.exit_code == 1
    assert "'standard input' does not end in .csv" in found.stderr


def test_types_and_nulls_can_be_given(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,NA\n2,-\n")
    args = ("--create", "--type", "a=VARCHAR(5)", "--null", "NA", "--null", "-")
    assert run("load", tmp_path / "t.csv", "--table", "t", *args).exit_code == 0
    assert rows(run, "t", "--order-by", "a") == [{"a": "1", "b": None}, {"a": "2", "b": None}]


def test_loading_into_a_missing_table_points_to_create(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    found = run("load", tmp_path / "t.csv", "--table", "t")
    assert found.exit_code == 1
    assert found.stderr == 'error: there is no table "main.main.t"; --create makes one\n'


@pytest.mark.parametrize(
    ("conflict", "seats", "told"), [("update", 7, "loaded 2 rows"), ("ignore", 55, "loaded 1 of 2 rows")]
)
def test_a_taken_key_is_updated_or_ignored(
    run: Run, planes: Path, tmp_path: Path, conflict: str, seats: int, told: str
) -> None:
    (tmp_path / "more.csv").write_text("tail,seats\nN1,7\nN9,9\n")
    found = run("load", tmp_path / "more.csv", "--table", "planes", "--on-conflict", conflict)
    assert found.stdout.startswith(told)
    assert rows(
        run, "planes", "--columns", "tail,seats", "--where", "tail IN N1,N9", "--order-by", "tail"
    ) == [
        {"tail": "N1", "seats": seats},
        {"tail": "N9", "seats": 9},
    ]


def test_a_fault_is_told_with_its_line_and_value_and_what_is_in(
    run: Run, planes: Path, tmp_path: Path
) -> None:
    (tmp_path / "more.csv").write_text('tail,seats\n\nA1,1\n"A\n2",2\nA3,x\nA4,5000000000\n')
    found = run("load", tmp_path / "more.csv", "--table", "planes", "--batch-rows", "2")
    assert found.exit_code == 1
    assert found.stderr.splitlines() == [
        'error: line 6, seats: not an INT: "x" (and 1 more)',
        '  line 6, seats: not an INT: "x"',
        "  line 7, seats: out of range for INT: -2147483648 to 2147483647: 5000000000",
        "the first 2 rows of the file went into main.main.planes",
    ]
    assert len(rows(run, "planes")) == 5


def test_a_duplicate_key_stops_its_batch(run: Run, planes: Path) -> None:
    found = run("load", planes, "--table", "planes")
    assert found.exit_code == 1
    assert found.stderr.startswith("error: lines 2 to 4: ")
    assert found.stderr.endswith("none of the rows went into main.main.planes\n")


def test_a_missing_column_of_an_ndjson_row_is_told_with_its_line(
    run: Run, planes: Path, tmp_path: Path
) -> None:
    (tmp_path / "t.ndjson").write_text('{"tail": "A1"}\n\n{"seats": 1, "wings": 2}\n')
    found = run("load", tmp_path / "t.ndjson", "--table", "planes")
    assert "  line 3, tail: is missing" in found.stderr
    assert "  line 3, wings: " in found.stderr


def test_a_key_named_twice_in_one_object_is_refused(run: Run, planes: Path, tmp_path: Path) -> None:
    (tmp_path / "t.ndjson").write_text('{"tail": "A1", "tail": "A2"}\n')
    found = run("load", tmp_path / "t.ndjson", "--table", "planes")
    assert found.exit_code == 1
    assert "twice" in found.stderr


@pytest.mark.parametrize(
    ("header", "message"),
    [("my col", 'column "my col": a new name is'), ("a,A", 'column "A": a column of this name')],
)
def test_names_that_no_table_may_have_are_refused(
    run: Run, tmp_path: Path, header: str, message: str
) -> None:
    (tmp_path / "t.csv").write_text(f"{header}\n")
    found = run("load", tmp_path / "t.csv", "--table", "t", "--create")
    assert found.exit_code == 1
    assert message in found.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--primary-key", "seats"), "has the primary key (tail)"),
        (("--type", "seats=BIGINT"), '"seats" of main.main.planes is INT, not BIGINT'),
    ],
)
def test_a_table_that_is_there_must_be_as_asked(
    run: Run, planes: Path, args: tuple[str, ...], message: str
) -> None:
    found = run("load", planes, "--table", "planes", "--create", *args)
    assert found.exit_code == 1
    assert message in found.stderr


def test_loading_again_goes_on_where_it_stopped(run: Run, planes: Path) -> None:
    args = ("--create", "--primary-key", "tail", "--on-conflict", "ignore")
    found = run("load", planes, "--table", "planes", *args)
    assert found.exit_code == 0
    assert found.stdout.startswith("loaded 0 of 3 rows")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--type", "a=INT"), "--primary-key and --type go with --create"),
        (("--create", "--type", "a=NUMBER"), "'NUMBER' is not a type"),
        (("--create", "--type", "INT"), "'INT' is not COLUMN=TYPE"),
        (("--table", "a.b.c.d"), "is not table, schema.table or catalog.schema.table"),
        (("--delimiter", ",,"), "is not one character"),
        (("--encoding", "klingon"), "is no encoding"),
        (("--batch-rows", "0"), "0 is not in the range"),
    ],
)
def test_a_command_line_that_cannot_be_meant_is_refused(
    run: Run, tmp_path: Path, args: tuple[str, ...], message: str
) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    found = run("load", tmp_path / "t.csv", "--table", "t", *args)
    assert found.exit_code == 2
    assert message in found.stderr


def test_an_interrupted_load_tells_what_is_in(
    app: Flask, run: Run, planes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "more.csv").write_text("tail\nA1\nA2\n")
    gateway = type(app.extensions[EXTENSION])
    write = gateway.write

    def interrupted(self: object, request: object, *args: object) -> int:
        if b"A2" in request.data:  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        found: int = write(self, request, *args)
        return found

    monkeypatch.setattr(gateway, "write", interrupted)
    found = run("load", tmp_path / "more.csv", "--table", "planes", "--batch-rows", "1")
    assert found.exit_code == 1
    assert found.stderr == "error: stopped\nthe first 1 rows of the file went into main.main.planes\n"


def test_plain_lines_of_progress_come_at_intervals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.0)
    with progress.progress("t.csv", 200) as report:
        report(50, 1000)
        report(200, 2500)
    assert capsys.readouterr().err == "t.csv: 25 %, 1,000 rows\nt.csv: 100 %, 2,500 rows\n"


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", terminal)
    with progress.progress("t.csv", 200) as report:
        report(50, 1000)
        report(200, 2500)
    assert "t.csv  [" in terminal.getvalue()
    assert "2,500 rows" in terminal.getvalue()
