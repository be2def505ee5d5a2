"""INSERT, UPDATE, DELETE and MERGE, and what tables do not take."""

import json

import pytest

from tests.workspace_tests.engine_cases.harness import Run, T, U, number

PEOPLE = "array<struct<`id`: bigint, `name`: string>>"
SOURCE = (
    f"(SELECT s.`id` AS `id`, s.`name` AS `name` FROM (SELECT explode(from_json(:v0, '{PEOPLE}')) AS s)) AS s"
)
UPSERT = (
    f"MERGE INTO {T} AS t USING {SOURCE} ON t.`id` = s.`id` WHEN MATCHED THEN UPDATE SET `name` = s.`name` "
    "WHEN NOT MATCHED THEN INSERT (`id`, `name`) VALUES (s.`id`, s.`name`)"
)
REFUSED = [
    ("a BIGINT", "'x'", "CAST_INVALID_INPUT 22018"),
    ("a DATE", "1", "DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION 42K09"),
    ("a INT", "date '2020-01-01'", "DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION 42K09"),
    ("a DECIMAL(5, 2)", "12345.6", "CAST_OVERFLOW_IN_TABLE_INSERT 22003"),
    ("a TINYINT", "300", "CAST_OVERFLOW_IN_TABLE_INSERT 22003"),
    ("a INT", "CAST(1e10 AS DOUBLE)", "CAST_OVERFLOW_IN_TABLE_INSERT 22003"),
    ("a INT", "1, 2", "DELTA_METADATA_MISMATCH 42KDG"),
    ("a INT NOT NULL", "NULL", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED 23502"),
    ("a VARCHAR(3)", "'abcd'", "DELTA_EXCEED_CHAR_VARCHAR_LIMIT 22001"),
    ("a CHAR(3)", "'abcd'", "DELTA_EXCEED_CHAR_VARCHAR_LIMIT 22001"),
    (
        "a BIGINT GENERATED ALWAYS AS IDENTITY",
        "1",
        "DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED 42808",
    ),
]
TAKEN = [
    ("BIGINT", "'1'", 1), ("BOOLEAN", "1", True), ("DECIMAL(5, 2)", "'12.345'", number("12.35")),
    ("BIGINT", "1", 1), ("INT", "CAST(7 AS BIGINT)", 7), ("STRING", "5", "5"), ("DOUBLE", "1", 1.0),
    ("INT", "1.7", 1), ("DECIMAL(5, 2)", "1.005", number("1.01")), ("VARCHAR(3)", "'ab '", "ab "),
    ("CHAR(3)", "'a'", "a  "), ("VARCHAR(3)", "'\u00e9\u00e9\u00e9'", "\u00e9\u00e9\u00e9"),
    ("STRING", "NULL", None),
    ("ARRAY<STRING>", "array('a', NULL)", ["a", None]),
    ("MAP<STRING, INT>", "map('b', 1, 'a', 2)", [("b", 1), ("a", 2)]),
    ("STRUCT<f: INT, g: ARRAY<STRING>>", "named_struct('f', 1, 'g', array('x'))", {"f": 1, "g": ["x"]}),
    ("STRUCT<`A b`: INT>", "named_struct('A b', 1)", {"A b": 1}), ("BINARY", "x'00ff'", b"\x00\xff"),
    ("ARRAY<BIGINT>", "array(1, 2)", [1, 2]),
]  # fmt: skip


class WriteCases:
    """Rows written and changed."""

    @pytest.mark.parametrize(("column", "value", "error"), REFUSED)
    def test_a_value_that_does_not_fit_is_refused(
        self, run: Run, column: str, value: str, error: str
    ) -> None:
        run(f"CREATE TABLE {T} ({column})")
        assert run.refused(f"INSERT INTO {T} VALUES ({value})") == error
        assert run.rows(f"SELECT * FROM {T}") == []

    @pytest.mark.parametrize(("kind", "value", "expected"), TAKEN)
    def test_a_value_that_fits_is_kept(self, run: Run, kind: str, value: str, expected: object) -> None:
        column = {"STRUCT<`A b`: INT>": "TBLPROPERTIES ('delta.columnMapping.mode' = 'name')"}.get(kind, "")
        run(f"CREATE TABLE {T} (a {kind}) {column}")
        run(f"INSERT INTO {T} SELECT {value}")
        assert run.value(f"SELECT a FROM {T}") == expected

    def test_an_insert_tells_its_rows(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        answer = run(f"INSERT INTO {T} VALUES (1), (2)")
        assert answer.table.to_pylist() == [{"num_affected_rows": 2, "num_inserted_rows": 2}]
        assert (answer.modified, answer.types) == (2, ("bigint", "bigint"))

    def test_columns_that_are_not_named_are_null(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT, b STRING, c INT)")
        run(f"INSERT INTO {T} (c, A) VALUES (3, 1)")
        assert run.rows(f"SELECT * FROM {T}") == [(1, None, 3)]

    def test_columns_that_are_not_named_have_their_defaults(self, run: Run) -> None:
        run(
            f"CREATE TABLE {T} (a INT, b STRING DEFAULT 'x', c INT DEFAULT 1 + 1) "
            "TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')"
        )
        run(f"INSERT INTO {T} (a) VALUES (1)")
        run(f"INSERT INTO {T} VALUES (2, DEFAULT, NULL)")
        assert run.rows(f"SELECT * FROM {T} ORDER BY a") == [(1, "x", 2), (2, "x", None)]

    def test_an_unknown_column_is_refused(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        assert run.refused(f"INSERT INTO {T} (b) VALUES (1)").startswith("UNRESOLVED_COLUMN")
        assert run.refused(f"UPDATE {T} SET b = 1").startswith("UNRESOLVED_COLUMN")
        assert run.refused(f"DELETE FROM {T} WHERE b = 1").startswith("UNRESOLVED_COLUMN")

    def test_identities_are_given_in_order(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (i BIGINT GENERATED ALWAYS AS IDENTITY, a STRING)")
        run(f"INSERT INTO {T} (a) VALUES ('x'), ('y')")
        run(f"INSERT INTO {T} (a) VALUES ('z')")
        found = run.column(f"SELECT i FROM {T}")
        assert len(set(found)) == 3
        assert min(found) >= 1

    def test_an_identity_by_default_may_be_given(self, run: Run) -> None:
        run(
            f"CREATE TABLE {T} (i BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 10 "
            "INCREMENT BY 5), a STRING)"
        )
        run(f"INSERT INTO {T} (i, a) VALUES (1, 'x')")
        run(f"INSERT INTO {T} (a) VALUES ('y')")
        assert run.rows(f"SELECT i, a FROM {T} ORDER BY i") == [(1, "x"), (10, "y")]

    def test_json_is_inserted(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a BIGINT, b TIMESTAMP)")
        answer = run(
            f"INSERT INTO {T} (`a`, `b`) SELECT s.`a`, CAST(s.`b` AS TIMESTAMP) FROM "
            "(SELECT explode(from_json(:v0, 'array<struct<`a`: bigint, `b`: string>>')) AS s)",
            v0='[{"a": 1, "b": "2020-01-01T00:00:00Z"}, {"a": 2}]',
        )
        assert answer.modified == 2
        assert run.column(f"SELECT a FROM {T} WHERE b IS NULL") == [2]

    def test_json_is_inserted_from_a_staging_table(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (id BIGINT, name STRING)")
        run(f"CREATE TABLE {U} (`rows` STRING)")
        for text in ('[{"id": 1}, {"id": 2}]', '[{"id": 3, "name": "x"}]'):
            run(f"INSERT INTO {U} VALUES (:v)", v=text)
        exploded = f"SELECT explode(from_json(`rows`, '{PEOPLE}')) AS s FROM {U}"
        run(f"INSERT INTO {T} (id, name) SELECT s.id, s.name FROM ({exploded})")
        assert run.rows(f"SELECT * FROM {T} ORDER BY id") == [(1, None), (2, None), (3, "x")]

    def test_a_statement_is_all_or_nothing(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT NOT NULL)")
        run.refused(f"INSERT INTO {T} SELECT * FROM VALUES (1), (2), (NULL) AS v(a)")
        assert run.rows(f"SELECT * FROM {T}") == []

    def test_a_check_is_enforced(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (id BIGINT, name STRING)")
        run(f"ALTER TABLE {T} ADD CONSTRAINT positive CHECK (id > 0)")
        run(f"INSERT INTO {T} VALUES (1, 'a')")
        violated = "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES 23001"
        assert run.refused(f"INSERT INTO {T} VALUES (-1, 'a')") == violated
        assert run.refused(f"UPDATE {T} SET id = -1") == violated
        assert run.refused(UPSERT, v0='[{"id": -1}]') == violated
        assert run.refused(f"INSERT INTO {T} VALUES (NULL, 'a')") == violated
        assert run.rows(f"SELECT * FROM {T}") == [(1, "a")]

    def test_an_update_changes_what_fits(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT, b STRING)")
        run(f"INSERT INTO {T} VALUES (1, 'x'), (2, 'y')")
        answer = run(f"UPDATE {T} SET a = a + 10, b = :v WHERE a = CAST(:k AS INT)", v="z", k="1")
        assert answer.table.to_pylist() == [{"num_affected_rows": 1}]
        assert run.rows(f"SELECT * FROM {T} ORDER BY a") == [(2, "y"), (11, "z")]

    def test_an_update_sees_rows_as_they_were(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT, b INT)")
        run(f"INSERT INTO {T} VALUES (1, 2)")
        run(f"UPDATE {T} SET a = b, b = a")
        assert run.rows(f"SELECT * FROM {T}") == [(2, 1)]

    def test_an_update_to_null_where_none_may_be_is_refused(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT NOT NULL)")
        run(f"INSERT INTO {T} VALUES (1)")
        assert run.refused(f"UPDATE {T} SET a = NULL") == "DELTA_NOT_NULL_CONSTRAINT_VIOLATED 23502"

    def test_an_update_or_merge_that_overflows_is_refused(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (id TINYINT, name STRING)")
        run(f"INSERT INTO {T} VALUES (1, 'a')")
        error = "DELTA_CAST_OVERFLOW_IN_TABLE_WRITE 22003"
        assert run.refused(f"UPDATE {T} SET id = 300") == error
        upsert = UPSERT.replace("SET `name` = s.`name`", "SET id = s.id + 299")
        assert run.refused(upsert, v0='[{"id": 1}]') == error

    def test_a_delete_removes_what_fits(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        run(f"INSERT INTO {T} VALUES (1), (2), (NULL)")
        assert run(f"DELETE FROM {T} WHERE a > 1").table.to_pylist() == [{"num_affected_rows": 1}]
        assert run(f"DELETE FROM {T}").modified == 2

    def test_an_upsert_changes_and_inserts(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (id BIGINT, name STRING)")
        run(f"INSERT INTO {T} VALUES (1, 'a')")
        answer = run(UPSERT, v0='[{"id": 1, "name": "b"}, {"id": 2, "name": "c"}]')
        assert answer.table.to_pylist() == [
            {"num_affected_rows": 2, "num_updated_rows": 1, "num_deleted_rows": 0, "num_inserted_rows": 1}
        ]
        assert run.rows(f"SELECT * FROM {T} ORDER BY id") == [(1, "b"), (2, "c")]

    def test_two_source_rows_for_one_target_row_are_refused(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (id BIGINT, name STRING)")
        run(f"INSERT INTO {T} VALUES (1, 'a')")
        twice = '[{"id": 1, "name": "b"}, {"id": 1, "name": "c"}]'
        error = "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE 21506"
        assert run.refused(UPSERT, v0=twice) == error
        assert run.rows(f"SELECT * FROM {T}") == [(1, "a")]

    def test_two_source_rows_that_are_new_are_both_inserted(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (id BIGINT, name STRING)")
        assert run(UPSERT, v0='[{"id": 1, "name": "b"}, {"id": 1, "name": "c"}]').modified == 2

    def test_a_merge_that_only_inserts_leaves_matched_rows(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (id BIGINT, name STRING)")
        run(f"INSERT INTO {T} VALUES (1, 'a')")
        sql = (
            f"MERGE INTO {T} AS t USING {SOURCE} ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, "
            "name) VALUES (s.id, s.name)"
        )
        assert run(sql, v0='[{"id": 1, "name": "b"}, {"id": 1, "name": "c"}, {"id": 2}]').modified == 1
        assert run.rows(f"SELECT * FROM {T} ORDER BY id") == [(1, "a"), (2, None)]

    def test_the_first_clause_that_applies_is_taken(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (id BIGINT, name STRING)")
        run(f"INSERT INTO {T} VALUES (1, 'a'), (2, 'a'), (3, 'a')")
        sql = (
            f"MERGE INTO {T} AS t USING {SOURCE} ON t.id = s.id WHEN MATCHED AND s.name = 'gone' THEN DELETE "
            "WHEN MATCHED AND s.name IS NOT NULL THEN UPDATE SET name = concat(t.name, s.name) "
            "WHEN NOT MATCHED AND s.id > 10 THEN INSERT (id) VALUES (s.id)"
        )
        rows = [{"id": 1, "name": "gone"}, {"id": 2, "name": "b"}, {"id": 3}, {"id": 4}, {"id": 11}]
        answer = run(sql, v0=json.dumps(rows))
        assert list(answer.table.to_pylist()[0].values()) == [3, 1, 1, 1]
        assert run.rows(f"SELECT * FROM {T} ORDER BY id") == [(2, "ab"), (3, "a"), (11, None)]

    def test_a_merge_removes_what_the_source_lacks(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (id BIGINT, name STRING)")
        run(f"INSERT INTO {T} VALUES (1, 'a'), (2, 'b')")
        sql = f"MERGE INTO {T} AS t USING {SOURCE} ON t.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE"
        assert run(sql, v0='[{"id": 1}]').modified == 1
        assert run.column(f"SELECT id FROM {T}") == [1]

    def test_a_merge_takes_all_columns_by_their_names(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (name STRING, id BIGINT)")
        run(f"INSERT INTO {T} VALUES ('a', 1)")
        sql = (
            f"MERGE INTO {T} AS t USING {SOURCE} ON t.id = s.id WHEN MATCHED THEN UPDATE SET * "
            "WHEN NOT MATCHED THEN INSERT *"
        )
        run(sql, v0='[{"id": 1, "name": "b"}, {"id": 2, "name": "c"}]')
        assert run.rows(f"SELECT id, name FROM {T} ORDER BY id") == [(1, "b"), (2, "c")]

    def test_a_merge_raises_an_error_for_rows_that_match_only(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (id BIGINT, name STRING)")
        sql = (
            f"MERGE INTO {T} AS t USING {SOURCE} ON t.id = s.id WHEN MATCHED THEN UPDATE SET id = "
            "CAST(raise_error('there already') AS BIGINT) WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)"
        )
        assert run(sql, v0='[{"id": 1}]').modified == 1
        assert run.refused(sql, v0='[{"id": 2}, {"id": 1}]') == "USER_RAISED_EXCEPTION P0001"
        assert run.column(f"SELECT id FROM {T}") == [1]

    def test_a_merge_is_guarded_by_a_count(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (id BIGINT, name STRING)")
        run(f"INSERT INTO {T} VALUES (1, 'a'), (2, 'b'), (3, 'c')")
        sql = (
            f"MERGE INTO {T} AS t USING (SELECT CASE WHEN count(*) > CAST(:m AS BIGINT) THEN "
            "raise_error('too many') "
            f"ELSE '' END AS guard FROM {T} WHERE id > 1) AS g ON g.guard = '' AND t.id > 1 "
            "WHEN MATCHED THEN DELETE"
        )
        assert run.refused(sql, m="1") == "USER_RAISED_EXCEPTION P0001"
        assert run(sql, m="2").modified == 2
        assert run.column(f"SELECT id FROM {T}") == [1]

    def test_a_merge_that_leaves_out_a_clause_too_early_is_refused(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (id BIGINT, name STRING)")
        sql = (
            f"MERGE INTO {T} AS t USING {SOURCE} ON t.id = s.id WHEN MATCHED THEN DELETE WHEN "
            "MATCHED THEN UPDATE SET id = 1"
        )
        assert run.refused(sql, v0="[]") == "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION 42613"

    def test_a_char_is_compared_with_its_blanks(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a CHAR(3))")
        run(f"INSERT INTO {T} VALUES ('x')")
        assert run.value(f"SELECT count(*) FROM {T} WHERE a = 'x'") == 1
        assert run.value(f"SELECT length(a) FROM {T}") == 3

    def test_an_overwrite_leaves_only_the_new_rows(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        run(f"INSERT INTO {T} VALUES (1), (2)")
        run(f"INSERT OVERWRITE {T} VALUES (3)")
        assert run.column(f"SELECT a FROM {T}") == [3]

    def test_a_table_is_made_of_a_query(self, run: Run) -> None:
        run(f"CREATE TABLE {T} AS SELECT 1 AS a, 'x' AS b")
        assert run.rows(f"SELECT * FROM {T}") == [(1, "x")]
        assert run(f"SELECT * FROM {T}").types == ("int", "string")

    def test_a_view_shows_its_query(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT, b STRING)")
        run(f"CREATE VIEW {U} AS SELECT a + 1 AS a1, b FROM {T} WHERE a > 0")
        run(f"INSERT INTO {T} VALUES (0, 'x'), (1, 'y')")
        assert run.rows(f"SELECT * FROM {U}") == [(2, "y")]
        assert run.refused(f"INSERT INTO {U} VALUES (1, 'z')").startswith("EXPECT_TABLE_NOT_VIEW")
