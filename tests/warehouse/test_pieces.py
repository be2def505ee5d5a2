"""Names with capitals, and large writes in slices."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.warehouse import staging
from backends.warehouse.names import comment_for, spelled


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True))
def test_a_name_is_found_again_by_its_comment(name: str) -> None:
    assert spelled(name.lower(), comment_for(name)) == name


@pytest.mark.parametrize(
    "comment", [None, "", "all people", "Lakegate name: Other", "Lakegate name: People, and more"]
)
def test_another_comment_means_nothing(comment: str | None) -> None:
    assert spelled("people", comment) == "people"


@given(st.lists(st.text(max_size=40), min_size=1, max_size=20))
def test_slices_are_the_same_rows_in_the_same_order(texts: list[str]) -> None:
    rows = [{"a": text} for text in texts]
    found = [json.loads(piece) for piece in staging.slices(json.dumps(rows).encode(), 50)]
    assert [row for piece in found for row in piece] == rows
    assert all(len(piece) == 1 or len(json.dumps(piece)) < 50 * 3 for piece in found)


def test_a_long_row_is_alone() -> None:
    rows = ["x", "y" * 100, "z", "z"]
    assert [json.loads(piece) for piece in staging.slices(json.dumps(rows).encode(), 20)] == [
        ["x"], ["y" * 100], ["z", "z"],
    ]  # fmt: skip
