"""`gateway tables`, and how output is aligned."""

from pathlib import Path

import pytest

from gateway.cli.output import aligned, cell, safe, widths
from tests.gateway.cli.asking import Run


def test_tables_lists_every_table_with_its_kind(run: Run, planes: Path) -> None:
    run("load", planes, "--table", "other.tools.planes", "--create")
    assert run(
        "tables"
    ).stdout == "main.main.planes           table\nother.tools.planes         table\n".replace(
        "           ", "    "
    ).replace("         ", "  ")


@pytest.mark.parametrize("name", ["main", "main.main"])
def test_tables_can_be_restricted(run: Run, planes: Path, name: str) -> None:
    run("load", planes, "--table", "other.tools.planes", "--create")
    assert run("tables", name).stdout == "main.main.planes  table\n"


@pytest.mark.parametrize("name", ["planes", "main.planes", "main.main.planes"])
def test_tables_describes_a_table(run: Run, planes: Path, name: str) -> None:
    lines = [line.split() for line in run("tables", name).stdout.splitlines()]
    assert lines[0] == ["main.main.planes", "table"]
    assert ["tail", "STRING", "NOT", "NULL", "1"] in lines
    assert ["weight", "DECIMAL(18,15)"] in lines


def test_tables_of_nothing_is_an_error(run: Run) -> None:
    found = run("tables", "nothing")
    assert found.exit_code == 1
    assert "error: " in found.stderr
    assert "nothing" in found.stderr


def test_a_terminal_is_not_obeyed_by_data() -> None:
    assert safe("a\x1b[31m\nb\u009b") == "a\\x1b[31m\\nb\\x9b"


def test_cells_are_as_wide_as_they_look() -> None:
    table = [["é", "1"], ["日本", "10"], ["x" * 100, "2"]]
    shown = [[cell(text) for text in row] for row in table]
    lines = list(aligned(shown, widths(shown), frozenset({1})))
    assert lines[0] == "é" + " " * 79 + "   1"
    assert lines[1] == "日本" + " " * 76 + "  10"
    assert lines[2] == "x" * 79 + "…" + "   2"
