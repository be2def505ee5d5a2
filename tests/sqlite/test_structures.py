"""Structures in SQLite's files: what is kept there, and what others made there."""

import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from backends import errors, types, values
from backends.base import Backend
from backends.changes import (
    AddCheck,
    SetComment,
)
from backends.plan import TableName, Value
from backends.structure import Constant, ForeignKey, Index, Now, Structure
from tests.sqlite.conftest import Others
from tests.structures.changing import change, check, column, make, read, table

T = TableName("main", "main", "t")
TWO_TABLES = """
CREATE TABLE p (id INT NOT NULL, v TEXT, PRIMARY KEY (id));
CREATE TABLE c (id INT NOT NULL, p INT, CONSTRAINT points FOREIGN KEY (p) REFERENCES P);
INSERT INTO p VALUES (1, 'x'); INSERT INTO c VALUES (1, 1), (2, NULL);
"""


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("CREATE TABLE t (a INTEGER CHECK (a > 0))", "a > 0"),
        ("CREATE TABLE t (a INTEGER, CONSTRAINT x CHECK (a > 0) /* {} */)", "a > 0"),
        ("""CREATE TABLE t (a, CHECK (a > 0) /* {"column":"a","op":">","value":1} */)""", "a > 0"),
        ("CREATE TABLE t (a INTEGER UNIQUE)", "unique key: a"),
        ("CREATE TABLE t (a TEXT COLLATE NOCASE)", "COLLATE"),
        ("CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID, STRICT", "STRICT"),
        ("CREATE TABLE t (a TEXT UNIQUE ON CONFLICT IGNORE)", "ON CONFLICT"),
        ("CREATE TABLE t (a INTEGER, b INTEGER AS (a + 1))", '"b" is computed'),
        ("CREATE TABLE t (a TEXT DEFAULT (lower('A')))", "lower('A')"),
        ("CREATE TABLE t (a INTEGER DEFAULT 'x')", "the default of \"a\" is 'x'"),
        ("CREATE TABLE t (a INTEGER); CREATE INDEX i ON t (a)", 'the index "i"'),
        ("CREATE TABLE t (a INTEGER); CREATE UNIQUE INDEX i ON t (a)", 'the unique index "i"'),
        ('CREATE TABLE t (a INTEGER); CREATE INDEX "t:i" ON t (a DESC)', 'the index "t:i"'),
        ('CREATE TABLE t (a INTEGER); CREATE INDEX "t:i" ON t (a) WHERE a > 0', 'the index "t:i"'),
        ('CREATE TABLE t (a INTEGER); CREATE INDEX "t:i" ON t (a + 1)', 'the index "t:i"'),
        ("CREATE TABLE t (a); CREATE TRIGGER x AFTER INSERT ON T BEGIN SELECT 1; END", 'the trigger "x"'),
        ("CREATE TABLE t (a REFERENCES t (a) ON DELETE CASCADE)", "CASCADE"),
        ("CREATE TABLE t (a REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)", "DEFERRABLE"),
        ("CREATE VIRTUAL TABLE t USING fts5(a)", "virtual"),
    ],
)
def test_what_others_made_is_told_and_never_lost(
    backend: Backend, others: Others, sql: str, words: str
) -> None:
    others(sql)
    found = backend.structure(T)
    assert [words in sentence for sentence in found.others].count(True) == 1, found.others
    assert (found.checks, found.indexes) == ((), ())
    with pytest.raises(errors.Unsupported):
        backend.ddl(SetComment(T, None, "x"), found)


@pytest.mark.parametrize(
    ("declared", "default", "expected"),
    [
        ("TEXT", "'it''s'", "it's"),
        ("INTEGER", "(5)", 5),
        ("INTEGER", "+5", 5),
        ("BOOLEAN", "TRUE", True),
        ("BOOLEAN", "0", False),
        ("NUMERIC(10,2)", "1.5", "1.50"),
        ("REAL", "-1", -1.0),
        ("REAL", "9e999", "Infinity"),
        ("DATE", "'2024-02-29'", "2024-02-29"),
        ("DATETIME", "'2024-02-29 12:00:00.50'", "2024-02-29T12:00:00.5"),
        ("BLOB", "x'000102'", "AAEC"),
    ],
)
def test_a_default_of_others_is_read(
    backend: Backend, others: Others, declared: str, default: str, expected: Value
) -> None:
    others(f"CREATE TABLE t (a {declared} DEFAULT {default}, b {declared} DEFAULT NULL)")
    found = backend.structure(T)
    assert (found.defaults, found.others) == ({"a": Constant(expected)}, ())
    assert found.table.by_name["a"].default == default.strip("()")


@pytest.mark.parametrize(
    "remark",
    ['{"column":"strict","op":"BETWEEN","value":5}', "[" * 5000, '{"column":"x","op":"=","value":1}'],
)
def test_words_of_others_are_taken_as_they_are_meant(backend: Backend, others: Others, remark: str) -> None:
    others(f"CREATE TABLE t (/* {remark} */ strict INT, [conflict] `int`, CHECK (strict > 0) /* {remark} */)")
    found = backend.structure(T)
    assert (found.table.names, found.comment) == (("strict", "conflict"), None)
    assert found.others == ("a check of its own: strict > 0",)


def test_a_clock_of_others_is_the_time(backend: Backend, others: Others) -> None:
    others(
        "CREATE TABLE t (a TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,"
        " b DATETIME DEFAULT CURRENT_TIMESTAMP)"
    )
    found = backend.structure(T)
    assert (found.defaults, len(found.others)) == ({"a": Now()}, 1)


def test_keys_of_others_are_read(backend: Backend, others: Others) -> None:
    others(
        TWO_TABLES + 'CREATE TABLE "s.d" (a INT REFERENCES p, b INT, FOREIGN KEY (b) REFERENCES "s.d" (a))'
    )
    child, parent = (TableName("main", "main", each) for each in "cp")
    assert backend.structure(child).foreign_keys == (ForeignKey("points", ("p",), parent, ("id",)),)
    d = TableName("main", "s", "d")
    assert backend.structure(d).foreign_keys == (
        ForeignKey("d_a_fkey", ("a",), parent, ("id",)),
        ForeignKey("d_b_fkey", ("b",), d, ("a",)),
    )


def test_a_check_changed_by_others_is_theirs(backend: Backend, others: Others) -> None:
    make(backend, table(T, column("id", "INT"), column("n", "INT")))
    change(backend, AddCheck(T, check("ck", "n", ">", 0)))
    others("ALTER TABLE t RENAME COLUMN n TO m")
    found = backend.structure(T)
    assert (found.checks, found.others) == ((), ('a check of its own: ("m" > 0)',))


def test_what_a_table_is_made_of_is_plain_to_others(backend: Backend, others: Others, folder: Path) -> None:
    make(
        backend,
        Structure(
            table(T, column("id", "INT"), column("d", "DECIMAL(38,2)"), column("at", "TIMESTAMP")).table,
            defaults={"at": Now(), "d": Constant("1.50")},
            checks=(check("ck", "d", ">", "-2.00"),),
            indexes=(Index("ix", ("d",)),),
        ),
    )
    others("INSERT INTO t (id) VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError):
        others("INSERT INTO t (id, d) VALUES (2, '-10.00')")
    (row,) = read(backend, T)
    assert dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(row["at"]) < dt.timedelta(minutes=1)
    assert values.reader(types.Timestamp())(row["at"]) == row["at"]
