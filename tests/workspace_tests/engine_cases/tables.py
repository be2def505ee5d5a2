"""Catalogs, schemas, tables and what is told of them."""

import pytest

from tests.workspace_tests.engine_cases.harness import SCHEMA, Run, T, U

MISSING = [
    (f"SELECT * FROM {T}", "TABLE_OR_VIEW_NOT_FOUND 42P01"),
    (f"INSERT INTO {T} VALUES (1)", "TABLE_OR_VIEW_NOT_FOUND 42P01"),
    ("SELECT * FROM main.nowhere.t", "TABLE_OR_VIEW_NOT_FOUND 42P01"),
    ("SELECT * FROM nowhere.s.t", "NO_SUCH_CATALOG_EXCEPTION 42704"),
    ("CREATE TABLE main.nowhere.t (a INT)", "SCHEMA_NOT_FOUND 42704"),
    ("CREATE TABLE nowhere.s.t (a INT)", "NO_SUCH_CATALOG_EXCEPTION 42704"),
    ("CREATE SCHEMA nowhere.s", "NO_SUCH_CATALOG_EXCEPTION 42704"),
    (f"DROP TABLE {T}", "TABLE_OR_VIEW_NOT_FOUND 42P01"),
    ("DROP SCHEMA main.nowhere", "SCHEMA_NOT_FOUND 42704"),
    ("DROP CATALOG nowhere", "NO_SUCH_CATALOG_EXCEPTION 42704"),
    (f"SHOW CREATE TABLE {T}", "TABLE_OR_VIEW_NOT_FOUND 42P01"),
    (f"DESCRIBE TABLE {T}", "TABLE_OR_VIEW_NOT_FOUND 42P01"),
    (f"ALTER TABLE {T} ADD COLUMN a INT", "TABLE_OR_VIEW_NOT_FOUND 42P01"),
    ("USE CATALOG nowhere", "NO_SUCH_CATALOG_EXCEPTION 42704"),
    ("USE main.nowhere", "SCHEMA_NOT_FOUND 42704"),
    ("SELECT * FROM main.information_schema.nothing", "TABLE_OR_VIEW_NOT_FOUND 42P01"),
]
BAD_TABLES = [
    ("a INT, A STRING", "COLUMN_ALREADY_EXISTS 42711"),
    ("`a b` INT", "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES 42K05"),
    ("a INT DEFAULT 1", "WRONG_COLUMN_DEFAULTS_FOR_DELTA_FEATURE_NOT_ENABLED 0AKDE"),
    ("a DECIMAL(39, 1)", "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION 22003"),
    ("a NUMBERS", "UNSUPPORTED_DATATYPE 0A000"),
    ("a INT GENERATED ALWAYS AS IDENTITY", "DELTA_IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE 428H2"),
    ("a BIGINT GENERATED ALWAYS AS IDENTITY (INCREMENT BY 0)", "DELTA_IDENTITY_COLUMNS_ILLEGAL_STEP 42611"),
    ("a INT,", "PARSE_SYNTAX_ERROR 42601"),
]
ALL_TYPES = (
    "a BOOLEAN, b TINYINT, c SMALLINT, d INT, e BIGINT, f FLOAT, g DOUBLE, h DECIMAL(38, "
    "18), i STRING, j BINARY, "
    "k DATE, l TIMESTAMP, m TIMESTAMP_NTZ, n ARRAY<INT>, o MAP<STRING, DOUBLE>, p STRUCT<x: "
    "INT, y: ARRAY<STRING>>, "
    "q CHAR(3), r VARCHAR(5)"
)


class TableCases:
    """Metadata, as SHOW, DESCRIBE and INFORMATION_SCHEMA tell it."""

    @pytest.mark.parametrize(("sql", "error"), MISSING)
    def test_what_is_not_there_is_refused(self, run: Run, sql: str, error: str) -> None:
        assert run.refused(sql) == error

    @pytest.mark.parametrize(("columns", "error"), BAD_TABLES)
    def test_a_table_that_cannot_be_is_refused(self, run: Run, columns: str, error: str) -> None:
        assert run.refused(f"CREATE TABLE {T} ({columns})") == error
        assert run.rows(f"SHOW TABLES IN {SCHEMA}") == []

    @pytest.mark.parametrize("name", ["a b", "a.b", "a/b", "a\tb", "x" * 256])
    def test_a_name_that_unity_does_not_take_is_refused(self, run: Run, name: str) -> None:
        assert run.refused(f"CREATE TABLE {SCHEMA}.`{name}` (a INT)").startswith("INVALID_PARAMETER_VALUE")

    def test_names_are_kept_in_lower_case_and_found_in_any(self, run: Run) -> None:
        run("CREATE TABLE `MAIN`.`Cases`.`Mixed` (`Id` INT)")
        run("INSERT INTO main.CASES.mixed (ID) VALUES (1)")
        assert run("SELECT * FROM main.cases.MIXED").table.to_pylist() == [{"Id": 1}]
        assert run.column(
            "SELECT table_name FROM main.information_schema.tables WHERE table_schema = 'cases'"
        ) == ["mixed"]

    def test_a_table_that_is_there_is_not_made_again(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        assert run.refused(f"CREATE TABLE {T} (b INT)") == "TABLE_OR_VIEW_ALREADY_EXISTS 42P07"
        run(f"CREATE TABLE IF NOT EXISTS {T} (b INT)")
        assert run(f"SELECT * FROM {T}").table.column_names == ["a"]

    def test_a_table_is_replaced(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        run(f"INSERT INTO {T} VALUES (1)")
        run(f"CREATE OR REPLACE TABLE {T} (b STRING)")
        answer = run(f"SELECT * FROM {T}")
        assert (answer.table.column_names, answer.table.num_rows) == (["b"], 0)

    def test_a_dropped_table_is_gone(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        run(f"SELECT * FROM {T}")
        run(f"DROP TABLE {T}")
        assert run.refused(f"SELECT * FROM {T}") == "TABLE_OR_VIEW_NOT_FOUND 42P01"
        run(f"DROP TABLE IF EXISTS {T}")

    def test_a_table_is_not_dropped_as_a_view(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        run(f"CREATE VIEW {U} AS SELECT * FROM {T}")
        assert run.refused(f"DROP VIEW {T}").startswith("EXPECT_VIEW_NOT_TABLE")
        assert run.refused(f"DROP TABLE {U}").startswith("EXPECT_TABLE_NOT_VIEW")
        run(f"DROP VIEW {U}")

    def test_a_schema_with_tables_is_dropped_only_in_cascade(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        assert run.refused(f"DROP SCHEMA {SCHEMA}") == "SCHEMA_NOT_EMPTY 2BP01"
        run(f"DROP SCHEMA {SCHEMA} CASCADE")
        assert run.refused(f"SELECT * FROM {T}") == "TABLE_OR_VIEW_NOT_FOUND 42P01"

    def test_catalogs_come_and_go(self, run: Run) -> None:
        run("CREATE CATALOG IF NOT EXISTS `other`")
        assert run.refused("CREATE CATALOG other") == "CATALOG_ALREADY_EXISTS 42710"
        assert run.column("SHOW CATALOGS") == ["main", "other", "system"]
        assert run.column("SHOW SCHEMAS IN other") == ["default", "information_schema"]
        run("DROP CATALOG other CASCADE")
        assert run.column("SHOW CATALOGS") == ["main", "system"]

    def test_schemas_are_shown_with_their_comments(self, run: Run) -> None:
        run("CREATE SCHEMA IF NOT EXISTS main.cases2 COMMENT 'it''s'")
        found = run.rows(
            "SELECT schema_name, comment FROM `main`.`information_schema`.`schemata` WHERE "
            "schema_name LIKE 'cases%' ORDER BY 1"
        )
        run("DROP SCHEMA main.cases2")
        assert found == [("cases", None), ("cases2", "it's")]

    def test_columns_are_told_as_databricks_tells_them(self, run: Run) -> None:
        run(f"CREATE TABLE {T} ({ALL_TYPES})")
        sql = (
            "SELECT full_data_type, data_type FROM main.information_schema.columns WHERE "
            "table_schema = :v AND table_name = 't' ORDER BY ordinal_position"
        )
        assert run.rows(sql, v="cases") == [
            ("boolean", "BOOLEAN"), ("tinyint", "BYTE"), ("smallint", "SHORT"), ("int", "INT"),
            ("bigint", "LONG"),
            ("float", "FLOAT"), ("double", "DOUBLE"), ("decimal(38,18)", "DECIMAL"), ("string", "STRING"),
            ("binary", "BINARY"), ("date", "DATE"), ("timestamp", "TIMESTAMP"),
            ("timestamp_ntz", "TIMESTAMP_NTZ"),
            ("array<int>", "ARRAY"), ("map<string,double>", "MAP"),
            ("struct<x:int,y:array<string>>", "STRUCT"),
            ("char(3)", "CHAR"), ("varchar(5)", "VARCHAR"),
        ]  # fmt: skip

    def test_a_column_is_told_in_full(self, run: Run) -> None:
        run(
            f"CREATE TABLE {T} (a BIGINT NOT NULL COMMENT 'it''s', b STRING DEFAULT 'x', c DECIMAL(10, 2)) "
            "TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')"
        )
        sql = (
            "SELECT column_name, ordinal_position, column_default, is_nullable, "
            "numeric_precision, numeric_scale, "
            "is_identity, comment FROM main.information_schema.columns WHERE table_schema = "
            "'cases' ORDER BY 2"
        )
        assert run.rows(sql) == [
            ("a", 1, None, "NO", 64, 0, "NO", "it's"),
            ("b", 2, "'x'", "YES", None, None, "NO", None),
            ("c", 3, None, "YES", 10, 2, "NO", None),
        ]

    def test_keys_are_declared(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT, b STRING, CONSTRAINT `my_pk` PRIMARY KEY (b, a))")
        run(f"CREATE TABLE {U} (x STRING, y INT, CONSTRAINT fk FOREIGN KEY (x, y) REFERENCES {T} (b, a))")
        run(f"INSERT INTO {T} VALUES (1, 'x'), (1, 'x')")
        keys = (
            "SELECT c.table_name, c.constraint_name, c.constraint_type, k.column_name, "
            "k.ordinal_position FROM "
            "main.information_schema.table_constraints AS c JOIN "
            "main.information_schema.key_column_usage AS k ON "
            "c.constraint_schema = k.constraint_schema AND c.constraint_name = "
            "k.constraint_name "
            "AND c.table_name = k.table_name WHERE c.table_schema = 'cases' ORDER BY 1, 5"
        )
        assert run.rows(keys) == [
            ("t", "my_pk", "PRIMARY KEY", "b", 1), ("t", "my_pk", "PRIMARY KEY", "a", 2),
            ("u", "fk", "FOREIGN KEY", "x", 1), ("u", "fk", "FOREIGN KEY", "y", 2),
        ]  # fmt: skip
        nullable = (
            "SELECT is_nullable FROM main.information_schema.columns WHERE table_schema = "
            "'cases' AND table_name = 't'"
        )
        assert run.column(nullable) == ["NO", "NO"]

    def test_tables_and_views_are_told_apart(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT) COMMENT 'rows'")
        run(f"CREATE VIEW {U} AS SELECT 1 AS a")
        sql = (
            "SELECT table_name, table_type, comment, data_source_format FROM "
            "main.information_schema.tables WHERE table_schema = 'cases' ORDER BY 1"
        )
        assert run.rows(sql) == [
            ("t", "MANAGED", "rows", "DELTA"),
            ("u", "VIEW", None, "UNKNOWN_DATA_SOURCE_FORMAT"),
        ]
        assert run.column(
            "SELECT view_definition FROM main.information_schema.views WHERE table_schema = 'cases'"
        ) == ["SELECT 1 AS a"]

    def test_the_systems_schema_tells_of_all_catalogs(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        sql = "SELECT table_catalog FROM system.information_schema.tables WHERE table_schema = 'cases'"
        assert run.column(sql) == ["main"]

    def test_a_table_is_described(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT COMMENT 'one', b ARRAY<STRING>)")
        assert run.rows(f"DESCRIBE TABLE {T}") == [("a", "int", "one"), ("b", "array<string>", None)]
        extended = {name: text for name, text, _ in run.rows(f"DESCRIBE TABLE EXTENDED {T}")}
        assert (extended["Catalog"], extended["Type"], extended["Provider"]) == ("main", "MANAGED", "delta")

    def test_the_statement_that_made_a_table_is_shown(self, run: Run) -> None:
        run(
            f"CREATE TABLE {T} (`a` BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 5), b STRING NOT NULL, "
            "CONSTRAINT k PRIMARY KEY (b)) COMMENT 'c'"
        )
        shown = run.value(f"SHOW CREATE TABLE {T}")
        assert "`a` BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 1)" in shown
        assert "`b` STRING NOT NULL" in shown
        assert "CONSTRAINT `k` PRIMARY KEY (`b`)" in shown

    def test_columns_are_added(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        run(f"INSERT INTO {T} VALUES (1)")
        run(f"ALTER TABLE {T} ADD COLUMNS (b STRING COMMENT 'new', c INT FIRST)")
        assert run(f"SELECT * FROM {T}").table.to_pylist() == [{"c": None, "a": 1, "b": None}]
        assert run.refused(f"ALTER TABLE {T} ADD COLUMN A INT") == "COLUMN_ALREADY_EXISTS 42711"

    def test_columns_are_renamed_and_dropped_where_they_are_mapped(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT, b INT) TBLPROPERTIES ('delta.columnMapping.mode' = 'name')")
        run(f"INSERT INTO {T} VALUES (1, 2)")
        run(f"ALTER TABLE {T} RENAME COLUMN a TO x")
        run(f"ALTER TABLE {T} DROP COLUMN b")
        assert run(f"SELECT * FROM {T}").table.to_pylist() == [{"x": 1}]

    def test_columns_are_not_dropped_where_they_are_not_mapped(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT, b INT)")
        assert run.refused(f"ALTER TABLE {T} DROP COLUMN b") == "DELTA_UNSUPPORTED_DROP_COLUMN 0AKDC"
        assert run.refused(f"ALTER TABLE {T} RENAME COLUMN a TO x") == "DELTA_UNSUPPORTED_RENAME_COLUMN 0AKDC"

    def test_a_column_is_made_not_null_if_it_has_no_nulls(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        run(f"INSERT INTO {T} VALUES (NULL)")
        assert (
            run.refused(f"ALTER TABLE {T} ALTER COLUMN a SET NOT NULL")
            == "DELTA_NEW_NOT_NULL_VIOLATION 23512"
        )
        run(f"DELETE FROM {T}")
        run(f"ALTER TABLE {T} ALTER COLUMN a SET NOT NULL")
        assert run.refused(f"INSERT INTO {T} VALUES (NULL)") == "DELTA_NOT_NULL_CONSTRAINT_VIOLATED 23502"
        run(f"ALTER TABLE {T} ALTER COLUMN a DROP NOT NULL")
        run(f"INSERT INTO {T} VALUES (NULL)")

    def test_a_check_that_rows_violate_is_not_added(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        run(f"INSERT INTO {T} VALUES (-1)")
        error = "DELTA_NEW_CHECK_CONSTRAINT_VIOLATION 23512"
        assert run.refused(f"ALTER TABLE {T} ADD CONSTRAINT p CHECK (a > 0)") == error
        run(f"INSERT INTO {T} VALUES (-2)")

    def test_a_check_is_dropped(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        run(f"ALTER TABLE {T} ADD CONSTRAINT p CHECK (a > 0)")
        assert (
            run.refused(f"ALTER TABLE {T} ADD CONSTRAINT P CHECK (a > 1)")
            == "DELTA_CONSTRAINT_ALREADY_EXISTS 42710"
        )
        run(f"ALTER TABLE {T} DROP CONSTRAINT p")
        assert run.refused(f"ALTER TABLE {T} DROP CONSTRAINT p") == "DELTA_CONSTRAINT_DOES_NOT_EXIST 42704"
        run(f"INSERT INTO {T} VALUES (-1)")

    def test_a_table_is_renamed(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        run(f"INSERT INTO {T} VALUES (1)")
        run(f"ALTER TABLE {T} RENAME TO {U}")
        assert run.column(f"SELECT a FROM {U}") == [1]
        assert run.refused(f"SELECT * FROM {T}") == "TABLE_OR_VIEW_NOT_FOUND 42P01"

    def test_comments_are_changed(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        run(f"COMMENT ON TABLE {T} IS 'new'")
        run(f"ALTER TABLE {T} ALTER COLUMN a COMMENT 'column'")
        assert run.rows(f"DESCRIBE {T}") == [("a", "int", "column")]
        sql = "SELECT comment FROM main.information_schema.tables WHERE table_schema = 'cases'"
        assert run.column(sql) == ["new"]

    def test_properties_are_set(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        run(f"ALTER TABLE {T} SET TBLPROPERTIES ('my.key' = 'value')")
        assert run.rows(f"SHOW TBLPROPERTIES {T} ('my.key')") == [("my.key", "value")]
        run(f"ALTER TABLE {T} UNSET TBLPROPERTIES ('my.key')")
        assert "my.key" not in dict(run.rows(f"SHOW TBLPROPERTIES {T}"))

    def test_names_of_one_part_are_found_in_the_schema_that_is_used(self, run: Run) -> None:
        run("USE main.cases")
        run("CREATE TABLE main.cases.t (a INT)")
        assert run.rows("SHOW TABLES") == [("cases", "t", False)]
        assert run.rows("SELECT current_catalog(), current_schema()") == [("main", "cases")]
        run("USE main.default")

    def test_injection_through_names_does_nothing(self, run: Run) -> None:
        name, column = "x'\"--", "a'\"--"
        run(f"CREATE TABLE {SCHEMA}.`{name}` (`{column}` INT)")
        run(f"INSERT INTO {SCHEMA}.`{name}` VALUES (1)")
        sql = (
            f"SELECT `{column}` AS `b'\"; --` FROM {SCHEMA}.`{name}` AS `q'\"; --` WHERE `q'\"; "
            f"--`.`{column}` = 1"
        )
        assert run(sql).table.to_pylist() == [{"b'\"; --": 1}]
