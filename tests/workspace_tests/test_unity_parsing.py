"""Unity Catalog's own reading of statements and types."""

import pytest

from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import commands, parse
from tests.workspace.warehouse.unity.parser import read_command
from tests.workspace.warehouse.unity.scanner import Scanner, unescape
from tests.workspace.warehouse.unity.types import parse_schema, parse_type

TYPES = [
    ("INTEGER", "int"),
    ("long", "bigint"),
    ("NUMERIC(5)", "decimal(5,0)"),
    ("DECIMAL", "decimal(10,0)"),
    (
        "ARRAY<STRUCT<`a b`: INT, c: MAP<STRING, DECIMAL(38,18)>>>",
        "array<struct<`a b`:int,c:map<string,decimal(38,18)>>>",
    ),
    ("struct<a int, b string>", "struct<a:int,b:string>"),
    ("VARCHAR(10)", "varchar(10)"),
    ("TIMESTAMP_LTZ", "timestamp"),
]
BAD_TYPES = [
    "",
    "ARRAY<INT",
    "VARCHAR",
    "VARCHAR(0)",
    "DECIMAL(5, 6)",
    "STRUCT<a: INT, A: INT>",
    "INT INT",
    "MAP<INT>",
]
COMMANDS = [
    ("SHOW SCHEMAS IN c LIKE 'a*'", commands.Show("SCHEMAS", ("c",), "a*")),
    ("USE `a b`", commands.Use("SCHEMA", ("a b",))),
    ("DESC schema", commands.Describe("TABLE", ("schema",))),
    ("DESCRIBE SCHEMA EXTENDED s", commands.Describe("SCHEMA", ("s",), extended=True)),
    ("DROP TABLE IF EXISTS c.s.`t``x`;", commands.Drop("TABLE", ("c", "s", "t`x"), tolerant=True)),
    ("GRANT ALL PRIVILEGES ON c.s.t TO `a@b`",
     commands.Grant(("ALL PRIVILEGES",), "TABLE", ("c", "s", "t"), "a@b")),
    ("REVOKE USE SCHEMA, SELECT ON SCHEMA s FROM g",
     commands.Grant(("USE SCHEMA", "SELECT"), "SCHEMA", ("s",), "g", revoke=True)),
    ("PUT 'it''s' INTO '/Volumes/a' OVERWRITE", commands.Put("it's", "/Volumes/a", overwrite=True)),
    ("COPY INTO t FROM '/x' FILEFORMAT = PARQUET", commands.CopyInto(("t",), "/x")),
    ("COMMENT ON COLUMN t.a IS NULL", commands.CommentOn("COLUMN", ("t", "a"), None)),
]  # fmt: skip
BAD_COMMANDS = [
    "DROP TABLE", "CREATE TABLE t (a INT", "CREATE TABLE t (a INT) x", "SHOW TABLES IN",
    "PUT a INTO b", "USE",
    "GRANT SELECT ON t", "ALTER TABLE t ADD CONSTRAINT c CHECK ()", "DROP TABLE t; DROP TABLE u",
]  # fmt: skip


@pytest.mark.parametrize(("text", "written"), TYPES)
def test_a_type_is_written_as_databricks_writes_it(text: str, written: str) -> None:
    assert parse_type(text).text == written
    assert parse_type(written).text == written


@pytest.mark.parametrize("text", BAD_TYPES)
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(SqlError):
        parse_type(text)


def test_a_schema_may_be_a_list_of_fields() -> None:
    assert parse_schema("a INT, `b c`: STRING").text == "struct<a:int,`b c`:string>"


@pytest.mark.parametrize(("sql", "command"), COMMANDS)
def test_a_command_is_read(sql: str, command: commands.Command) -> None:
    assert read_command(sql) == command


@pytest.mark.parametrize("sql", BAD_COMMANDS)
def test_a_command_that_cannot_be_read_is_refused(sql: str) -> None:
    with pytest.raises(SqlError, match="PARSE_SYNTAX_ERROR"):
        read_command(sql)


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("'it''s'", "it's"), (r"'a\'b'", "a'b"), (r"'\\'", "\\"), (r"'\n\t\0'", "\n\t\0"),
        (r"'\%\_'", r"\%\_"),
        (r"'\u00e9\U0001F600'", "\u00e9\U0001f600"), (r"'\q'", "q"), ('"a""b\'c"', "a\"b'c"),
        (r"'\101'", "A"),
    ],
)  # fmt: skip
def test_a_text_is_read_as_spark_reads_it(literal: str, text: str) -> None:
    assert unescape(literal) == text


def test_comments_and_semicolons_within_texts_are_no_ends() -> None:
    scanner = Scanner("'a;--b' /* 'c' */ -- 'd'\n `e;`")
    assert (scanner.text(), scanner.name()) == ("a;--b", "e;")
    scanner.end()


def test_a_statement_knows_what_it_reads_and_writes() -> None:
    statement = parse("MERGE INTO `a`.`b`.`c` AS t USING (WITH q AS (SELECT 1 AS x) "
                      "SELECT * FROM q, d.e) AS s ON "
                      "t.x = s.x WHEN MATCHED THEN DELETE")  # fmt: skip
    assert (statement.kind, statement.reads, statement.writes) == ("MERGE", (("d", "e"),), ("a", "b", "c"))


def test_a_statement_knows_its_files() -> None:
    statement = parse("SELECT * FROM parquet.`/Volumes/a`, read_files('/Volumes/b', format => 'parquet'), t")
    assert (statement.files, statement.reads) == (("/Volumes/a", "/Volumes/b"), (("t",),))


def test_two_statements_are_refused() -> None:
    with pytest.raises(SqlError, match="PARSE_SYNTAX_ERROR"):
        parse("SELECT 1; SELECT 2")
