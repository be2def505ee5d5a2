"""`gateway read`."""

import csv
import io
from pathlib import Path

import pytest

from backends.plan import Column, Table, TableName
from backends.types import parse
from gateway.cli import where
from tests.gateway.cli.asking import Run, rows


def test_read_prints_an_aligned_table(run: Run, planes: Path) -> None:
    found = run(
        "read", "planes", "--format", "table", "--columns", "tail,seats,weight", "--order-by", "-tail"
    )
    assert found.stdout == (
        "tail  seats               weight\n"
        "----  -----  -------------------\n"
        "N3        2  100.000000000000000\n"
        "N2            10.357019999999999\n"
        "N1       55   39.020000000000000\n"
    )


def test_read_prints_csv(run: Run, planes: Path) -> None:
    found = run("read", "planes", "--format", "csv", "--columns", "tail,seats", "--order-by", "tail")
    expected = [["tail", "seats"], ["N1", "55"], ["N2", ""], ["N3", "2"]]
    assert list(csv.reader(io.StringIO(found.stdout))) == expected


def test_what_read_prints_as_csv_can_be_loaded_again(run: Run, planes: Path, tmp_path: Path) -> None:
    written = run("read", "planes", "--format", "csv", "--columns", "tail,seats,built,weight")
    (tmp_path / "again.csv").write_text(written.stdout)
    found = run("load", tmp_path / "again.csv", "--table", "again", "--create", "--primary-key", "tail")
    assert found.exit_code == 0, found.stderr
    assert rows(run, "again") == rows(run, "planes")


def test_read_gives_as_many_rows_as_asked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n" + "".join(f"{number}\n" for number in range(2500)))
    run("load", tmp_path / "t.csv", "--table", "t", "--create", "--primary-key", "a")
    assert [len(rows(run, "t", *args)) for args in ((), ("--limit", "7"), ("--limit", "0"))] == [100, 7, 2500]


def test_read_of_nothing_prints_the_names_of_the_columns(run: Run, planes: Path) -> None:
    found = run("read", "planes", "--format", "table", "--columns", "tail", "--where", "tail = X")
    assert found.stdout == "tail\n----\n"


@pytest.mark.parametrize(
    ("condition", "tails"),
    [
        ("seats > 2", ["N1"]),
        ("seats>=2", ["N1", "N3"]),
        ("seats IS NULL", ["N2"]),
        ("seats is not null", ["N1", "N3"]),
        ("tail IN N1,N2", ["N1", "N2"]),
        ("tail not in ('N1', 'N2')", ["N3"]),
        ("seats BETWEEN 50 AND 60", ["N1"]),
        ("weight = 10.357019999999999", ["N2"]),
        ("built >= 2005-01-01", ["N2"]),
        ("tail LIKE %1", ["N1"]),
        ("tail = 'N1'", ["N1"]),
        ('"tail" <> N1', ["N2", "N3"]),
        ('{"column": "seats", "value": 2}', ["N3"]),
        ('[{"or": [{"column": "seats", "value": 2}, {"column": "tail", "value": "N1"}]}]', ["N1", "N3"]),
    ],
)
def test_conditions_select_rows(run: Run, planes: Path, condition: str, tails: list[str]) -> None:
    found = rows(run, "planes", "--columns", "tail", "--order-by", "tail", "--where", condition)
    assert [row["tail"] for row in found] == tails


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("seats = x", "error: --where 'seats = x': not an INT"),
        ("wings = 2", 'error: --where \'wings = 2\': "main.main.planes" has no column "wings"'),
        ("seats = NULL", "error: --where 'seats = NULL': nothing is = null: use IS NULL or IS NOT NULL"),
        ("seats", "error: --where 'seats' is not a condition such as "),
        ("seats IS NULL 5", "error: IS NULL takes no value"),
        ("{", "error: the body is not JSON"),
        ("seats BETWEEN 5", "error: --where 'seats BETWEEN 5': BETWEEN takes a pair"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(
    run: Run, planes: Path, condition: str, message: str
) -> None:
    found = run("read", "planes", "--where", condition)
    assert found.exit_code == 1
    assert found.stderr.startswith(message)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a IN (x, 'y,z', )", {"op": "IN", "value": ["x", "y,z", ""]}),
        ("a IN ", {"op": "IN", "value": [""]}),
        ("a = it's", {"op": "=", "value": "it's"}),
        ("a = 'it''s'", {"op": "=", "value": "it's"}),
        ("a NOT  ILIKE b%", {"op": "NOT ILIKE", "value": "b%"}),
        ("n LIKE 5%", {"op": "LIKE", "value": "5%"}),
        ("n between 1,2", {"op": "BETWEEN", "value": [1, 2]}),
        ("a = IS NULL", {"op": "=", "value": "IS NULL"}),
    ],
)
def test_the_plain_form_of_a_condition(text: str, expected: dict[str, object]) -> None:
    table = Table(TableName("c", "s", "t"), (Column("a", parse("STRING")), Column("n", parse("INT"))))
    [found] = where.conditions(text, table)
    assert found == {"column": text[0], **expected}
