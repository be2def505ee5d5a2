"""Statements with more values than parameters may carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.sql.statements import Prepared
from backends.warehouse.inlining import MOST, MOST_BYTES, fitted, literal, quoted

MARKED = "SELECT `what?` FROM `a``?` WHERE x = ? AND y = 'no \\' ?' AND z = ?"


def test_what_fits_stays_as_it_is() -> None:
    statement = Prepared("SELECT ?", ("x" * (MOST_BYTES - 1),))
    assert fitted(statement) == (statement.sql, statement.parameters)


def test_too_many_values_are_written_into_the_statement() -> None:
    text, values = fitted(Prepared(", ".join("?" * (MOST + 2)), tuple(range(MOST + 2))))
    assert (text.count("?"), values) == (MOST, tuple(range(MOST)))
    assert text.endswith(f"?, {MOST}, {MOST + 1}")


def test_the_longest_value_is_written_into_the_statement() -> None:
    long = "it's \\ " * MOST_BYTES
    text, values = fitted(Prepared(MARKED, (long, "short")))
    assert values == ("short",)
    assert text == MARKED.replace("x = ?", f"x = {literal(long)}")


@pytest.mark.parametrize(
    ("value", "text"), [(None, "NULL"), (7, "7"), ("a'b", "'a\\'b'"), ("a\\b", "'a\\\\b'"), ("", "''")]
)
def test_a_value_is_written_as_sql_has_it(value: object, text: str) -> None:
    assert literal(value) == text


@given(st.text())
def test_no_name_ends_its_quotes(name: str) -> None:
    text = quoted(name)
    assert text[0] == text[-1] == "`" and text[1:-1].replace("``", "") == name.replace("`", "")
