"""Tables without a key that tells rows apart: paged whole, every row once."""

from collections import Counter

import pytest

from tests.app_client import AppClient
from tests.sqlite.conftest import Others

MAKERS = {
    "rowid": "CREATE TABLE t (a, b TEXT, n INTEGER)",
    "nullable key": "CREATE TABLE t (a TEXT PRIMARY KEY, b TEXT, n INTEGER)",
    "nullable composite key": "CREATE TABLE t (a TEXT, b TEXT, n INTEGER, PRIMARY KEY (n, a))",
    "view": "CREATE TABLE base (a, b TEXT, n INTEGER); CREATE VIEW t AS SELECT a, b, n FROM base",
}


@pytest.mark.parametrize("made", MAKERS)
@pytest.mark.parametrize("order_by", [[], ["n"], ["-b", "a"]])
@pytest.mark.parametrize("limit", [1, 2, 7])
def test_without_a_key_every_row_is_on_one_page(
    client: AppClient, others: Others, made: str, order_by: list[str], limit: int
) -> None:
    others(MAKERS[made])
    rows = [(a, b, n) for a in ("x", None) for b in ("y", None) for n in (1, None)]
    plenty = rows if made == "nullable key" else rows * 3
    unique = [row for at, row in enumerate(plenty) if row[0] is None or at == 0 or "composite" not in made]
    unique = [row for row in unique if made != "nullable key" or row[0] is None] + [("k", "y", 1)]
    others(f"INSERT INTO {'base' if made == 'view' else 't'} VALUES (?, ?, ?)", *unique)
    asked = {"order_by": order_by} if order_by else {}
    pages = client.pages("t", limit=limit, **asked)
    assert Counter((row["a"], row["b"], row["n"]) for page in pages for row in page) == Counter(unique)
    assert {len(page) for page in pages[:-1]} <= {limit}


def test_rows_all_alike_are_paged_once_each(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (s TEXT)")
    others("INSERT INTO t VALUES (?)", *([("same",)] * 50))
    assert [len(page) for page in client.pages("t", limit=7)] == [7] * 7 + [1]


def test_rows_written_between_pages_hide_none_that_were_there(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (n INTEGER, s TEXT)")
    there = [(number % 5, "x") for number in range(40)]
    others("INSERT INTO t VALUES (?, ?)", *there)
    answer = client.read("t", limit=3)
    found = answer.rows
    while cursor := answer.body["next_cursor"]:
        others("INSERT INTO t VALUES (?, ?)", *((number, "new") for number in range(5)))
        answer = client.read("t", limit=3, cursor=cursor)
        found += answer.rows
    assert Counter((row["n"], row["s"]) for row in found if row["s"] == "x") == Counter(there)


def test_a_table_without_a_key_takes_only_conflicts_that_are_errors(
    client: AppClient, others: Others
) -> None:
    others("CREATE TABLE t (a TEXT UNIQUE)")
    for on_conflict in ("update", "ignore"):
        answer = client.write("t", [{"a": "x"}], on_conflict=on_conflict)
        assert (answer.status, answer.error_type) == (400, "Unsupported")


def test_keys_that_are_null_do_not_conflict(client: AppClient, others: Others) -> None:
    others("CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT)")
    answer = client.write("t", [{"k": None, "v": "a"}, {"v": "b"}, {"k": None, "v": "c"}, {"k": "x"}])
    assert (answer.status, client.count("t")) == (201, 4), answer
    assert client.write("t", [{"k": "x"}]).status == 409
