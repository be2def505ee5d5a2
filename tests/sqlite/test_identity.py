"""Columns that SQLite numbers, in tables of others and of the gateway's own."""

import pytest

from backends import errors, types
from backends.base import Backend
from backends.changes import AddCheck, AdvanceIdentity, RenameTable, SetComment, SetPrimaryKey
from backends.plan import TableName
from backends.structure import Identity
from tests.sqlite.conftest import Others
from tests.structures.changing import change, check, read, run, write

T, U = TableName("main", "main", "t"), TableName("main", "main", "u")


@pytest.mark.parametrize("word", ["", "AUTOINCREMENT"])
def test_one_that_others_made_is_told_and_kept(backend: Backend, others: Others, word: str) -> None:
    others(f"CREATE TABLE t (a INTEGER PRIMARY KEY {word}, b TEXT); INSERT INTO t VALUES (7, 'x')")
    found = backend.structure(T)
    assert (found.identity, found.others) == (Identity("a", 8), ())
    assert found.table.by_name["a"].type == types.Integer(64)
    change(backend, SetComment(T, "b", "made anew"), AddCheck(T, check("ck", "a", ">", 0)))
    write(backend, T, {"b": "y"})
    assert [row["a"] for row in read(backend, T, order="a")] == [7, 8]


@pytest.mark.parametrize(("word", "expected"), [("", 3), ("AUTOINCREMENT", 4)])
def test_the_next_number_is_the_one_that_sqlite_gives(
    backend: Backend, others: Others, word: str, expected: int
) -> None:
    others(f"CREATE TABLE t (a INTEGER PRIMARY KEY {word}); INSERT INTO t VALUES (1), (2), (3)")
    others("DELETE FROM t WHERE a = 3")
    assert backend.structure(T).identity == Identity("a", expected)
    write(backend, T, {})
    assert [row["a"] for row in read(backend, T, order="a")] == [1, 2, expected]


@pytest.mark.parametrize("word", ["", "AUTOINCREMENT"])
def test_the_numbers_of_others_go_on(backend: Backend, others: Others, word: str) -> None:
    """Without AUTOINCREMENT there is no place to keep that they are to leap."""
    others(f"CREATE TABLE t (a INTEGER PRIMARY KEY {word}, b TEXT)")
    run(backend, AdvanceIdentity(T, 50), backend.structure(T))
    write(backend, T, {"b": "x"})
    assert [row["a"] for row in read(backend, T, order="a")] == [50 if word else 1]


def test_a_removed_number_is_not_given_again_after_changes(backend: Backend, others: Others) -> None:
    others("CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT); INSERT INTO t VALUES (7, 'x')")
    others("DELETE FROM t")
    change(backend, SetComment(T, None, "made anew"), RenameTable(T, "u"), RenameTable(U, "t"))
    assert backend.structure(T).identity == Identity("a", 8)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (a INT PRIMARY KEY)",
        "CREATE TABLE t (a INTEGER PRIMARY KEY DESC)",
        "CREATE TABLE t (a INTEGER PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE t (a INTEGER, b INTEGER, PRIMARY KEY (a, b))",
        "CREATE TABLE t (a INTEGER)",
    ],
)
def test_a_key_that_sqlite_does_not_number(backend: Backend, others: Others, sql: str) -> None:
    others(sql)
    assert backend.structure(T).identity is None


def test_the_last_number_of_all(backend: Backend, others: Others) -> None:
    others("CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (9223372036854775807)")
    assert backend.structure(T).identity == Identity("a", 9223372036854775807)
    others("DELETE FROM t; INSERT INTO t VALUES (-5)")
    assert backend.structure(T).identity == Identity("a", 1)


def test_the_key_stays_where_sqlite_numbers_it(backend: Backend, others: Others) -> None:
    others("CREATE TABLE t (a INTEGER PRIMARY KEY)")
    with pytest.raises(errors.Unsupported):
        backend.ddl(SetPrimaryKey(T, ()), backend.structure(T))


def test_a_comment_that_is_not_ours_tells_no_type(backend: Backend, others: Others) -> None:
    for at, told in enumerate(('{"type":"STRING"}', '{"type":"x"}', '{"type":1}', '["INT"]', '"INT"')):
        others(f"CREATE TABLE t{at} (a INTEGER /* {told} */ PRIMARY KEY)")
        column = backend.structure(TableName("main", "main", f"t{at}")).table.by_name["a"]
        assert (column.type, column.comment) == (types.Integer(64), "INT" if told == '"INT"' else None)
