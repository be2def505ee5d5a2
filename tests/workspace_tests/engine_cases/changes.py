"""Changes of tables: keys and their names, columns that are NOT NULL, what follows a new name."""

import pytest

from tests.workspace_tests.engine_cases.harness import SCHEMA, Run, T, U

MAPPED = "TBLPROPERTIES ('delta.columnMapping.mode' = 'name')"
FOREIGN = f"ALTER TABLE {U} ADD CONSTRAINT points FOREIGN KEY (p) REFERENCES {T} (a)"


def constraints(run: Run, table: str) -> dict[str, str]:
    """A table's keys as DESCRIBE tells them, by their names."""
    rows = [row[:2] for row in run.rows(f"DESCRIBE TABLE EXTENDED {table}")]
    heading = ("# Constraints", "")
    return dict(rows[rows.index(heading) + 1 :]) if heading in rows else {}


class ChangeCases:
    """What ALTER TABLE does, and what it refuses."""

    @pytest.fixture
    def family(self, run: Run) -> None:
        """A table, and another that points at it."""
        run(f"CREATE TABLE {T} (a INT NOT NULL PRIMARY KEY, b INT)")
        run(f"CREATE TABLE {U} (p INT)")
        run(FOREIGN)

    @pytest.mark.usefixtures("family")
    def test_a_primary_key_that_others_point_at_is_dropped_only_in_cascade(self, run: Run) -> None:
        assert run.refused(f"ALTER TABLE {T} DROP PRIMARY KEY").endswith("2BP01")
        run(f"ALTER TABLE {T} DROP PRIMARY KEY CASCADE")
        assert (constraints(run, T), constraints(run, U)) == ({}, {})
        assert run.refused(f"ALTER TABLE {T} DROP PRIMARY KEY").endswith("42704")
        run(f"ALTER TABLE {T} DROP PRIMARY KEY IF EXISTS")

    @pytest.mark.usefixtures("family")
    def test_a_foreign_key_is_dropped_by_its_columns(self, run: Run) -> None:
        run(f"ALTER TABLE {U} DROP FOREIGN KEY (p)")
        assert constraints(run, U) == {}
        assert run.refused(f"ALTER TABLE {U} DROP FOREIGN KEY (p)").endswith("42704")
        run(f"ALTER TABLE {U} DROP FOREIGN KEY IF EXISTS (p)")

    @pytest.mark.usefixtures("family")
    def test_a_foreign_key_follows_its_parent(self, run: Run) -> None:
        run(f"ALTER TABLE {T} RENAME TO {SCHEMA}.elder")
        expected = "FOREIGN KEY (`p`) REFERENCES `main`.`cases`.`elder` (`a`)"
        assert constraints(run, U) == {"points": expected}

    @pytest.mark.usefixtures("family")
    def test_a_key_has_a_name_of_its_own_in_the_schema(self, run: Run) -> None:
        run(f"CREATE TABLE {SCHEMA}.w (p INT)")
        refused = run.refused(FOREIGN.replace(U, f"{SCHEMA}.w"))
        assert refused == "DELTA_CONSTRAINT_ALREADY_EXISTS 42710"
        run(f"ALTER TABLE {SCHEMA}.w ADD FOREIGN KEY (p) REFERENCES {T} (a)")
        assert [*constraints(run, f"{SCHEMA}.w")] == ["w_fk"]

    def test_a_column_that_a_table_is_clustered_by_is_not_dropped(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT, b INT) CLUSTER BY (a) {MAPPED}")
        refused = run.refused(f"ALTER TABLE {T} DROP COLUMN a")
        assert refused == "DELTA_UNSUPPORTED_DROP_CLUSTERING_COLUMN 0AKDC"
        run(f"ALTER TABLE {T} RENAME COLUMN a TO c")
        assert ("c", "int", None) in run.rows(f"DESCRIBE TABLE {T}")[2:]
        run(f"ALTER TABLE {T} CLUSTER BY NONE")
        run(f"ALTER TABLE {T} DROP COLUMN c")

    def test_a_column_stays_not_null_under_another_name(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT, b INT) {MAPPED}")
        run(f"ALTER TABLE {T} ALTER COLUMN a SET NOT NULL")
        run(f"ALTER TABLE {T} RENAME COLUMN a TO c")
        assert run.refused(f"INSERT INTO {T} VALUES (NULL, 1)").endswith("23502")
        run(f"ALTER TABLE {T} ALTER COLUMN c DROP NOT NULL")
        run(f"INSERT INTO {T} VALUES (NULL, 1)")
        assert run.refused(f"ALTER TABLE {T} ALTER COLUMN c SET NOT NULL").startswith("DELTA_NEW_NOT_NULL")
        run(f"ALTER TABLE {T} DROP COLUMN c")
        assert run.rows(f"SELECT * FROM {T}") == [(1,)]

    def test_a_check_keeps_no_other_column_from_being_renamed(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT, n INT) {MAPPED}")
        run(f"ALTER TABLE {T} ADD CONSTRAINT Known CHECK (a IS NOT NULL AND a < CAST('5' AS INT))")
        run(f"ALTER TABLE {T} RENAME COLUMN n TO m")
        refused = run.refused(f"ALTER TABLE {T} RENAME COLUMN a TO c")
        assert refused == "DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE 42K09"
        told = dict(run.rows(f"SHOW TBLPROPERTIES {T}"))
        assert told["delta.constraints.known"] == "a IS NOT NULL AND a < CAST('5' AS INT)"

    def test_a_first_timestamp_ntz_is_added_once_its_feature_is_enabled(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        refused = run.refused(f"ALTER TABLE {T} ADD COLUMN b TIMESTAMP_NTZ")
        assert refused == "DELTA_FEATURES_REQUIRE_MANUAL_ENABLEMENT 0AKDE"
        run(f"ALTER TABLE {T} SET TBLPROPERTIES ('delta.feature.timestampNtz' = 'supported')")
        run(f"ALTER TABLE {T} ADD COLUMN b TIMESTAMP_NTZ")
        run(f"ALTER TABLE {T} ADD COLUMN c TIMESTAMP_NTZ")

    @pytest.mark.parametrize(
        ("value", "expected"),
        [("128 AS TINYINT", None), ("127 AS TINYINT", 127), ("100 AS DECIMAL(3,1)", None)],
    )
    def test_a_cast_that_is_tried_gives_null_where_there_is_no_room(
        self, run: Run, value: str, expected: int | None
    ) -> None:
        assert run.value(f"SELECT try_cast({value})") == expected

    def test_seconds_are_added_to_a_point_in_time(self, run: Run) -> None:
        told = "CAST(CAST('2024-02-29T23:59:30Z' AS TIMESTAMP) + INTERVAL '60' SECOND AS STRING)"
        assert run.value(f"SELECT {told} AS t") == "2024-03-01 00:00:30"

    def test_an_identity_goes_on_beyond_what_is_there(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (i BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 10), a INT) {MAPPED}")
        sync = f"ALTER TABLE {T} ALTER COLUMN i SYNC IDENTITY"
        run(sync)
        run(f"INSERT INTO {T} VALUES (5, 0)")
        run(sync)
        run(f"INSERT INTO {T} (a) VALUES (1)")
        run(f"INSERT INTO {T} VALUES (100, 2)")
        run(sync)
        run(f"ALTER TABLE {T} RENAME COLUMN i TO j")
        run(f"INSERT INTO {T} (a) VALUES (3)")
        assert run.column(f"SELECT j FROM {T} ORDER BY a") == [5, 10, 100, 101]
        run(f"DELETE FROM {T} WHERE j > 10")
        run(f"ALTER TABLE {T} ALTER COLUMN j SYNC IDENTITY")
        run(f"INSERT INTO {T} (a) VALUES (4)")
        assert run.column(f"SELECT j FROM {T} ORDER BY a") == [5, 10, 102]

    def test_an_identity_goes_on_in_its_steps(self, run: Run) -> None:
        for step, given, expected in ((5, 27, 36), (-5, -27, -34)):
            run(f"CREATE TABLE {T} (i BIGINT GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY {step}), a INT)")
            run(f"INSERT INTO {T} VALUES ({given}, 0)")
            run(f"ALTER TABLE {T} ALTER COLUMN i SYNC IDENTITY")
            run(f"INSERT INTO {T} (a) VALUES (1)")
            assert run.column(f"SELECT i FROM {T} WHERE a = 1") == [expected]
            run(f"DROP TABLE {T}")

    @pytest.mark.parametrize(
        ("change", "refused"),
        [
            ("a SYNC IDENTITY", "DELTA_IDENTITY_COLUMNS_ALTER_NON_IDENTITY_COLUMN 429BQ"),
            ("i TYPE INT", "DELTA_IDENTITY_COLUMNS_ALTER_COLUMN_NOT_SUPPORTED 429BQ"),
        ],
    )
    def test_an_identity_is_altered_by_its_numbers_alone(self, run: Run, change: str, refused: str) -> None:
        run(f"CREATE TABLE {T} (i BIGINT GENERATED BY DEFAULT AS IDENTITY, a BIGINT)")
        assert run.refused(f"ALTER TABLE {T} ALTER COLUMN {change}") == refused

    def test_a_merge_sets_no_identity_be_it_to_itself(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (i BIGINT GENERATED BY DEFAULT AS IDENTITY, a INT)")
        source = f"MERGE INTO {T} USING (SELECT 1 AS j) ON i = j WHEN MATCHED THEN UPDATE SET"
        assert run.refused(f"{source} i = i") == "DELTA_IDENTITY_COLUMNS_UPDATE_NOT_SUPPORTED 42808"
        run(f"{source} a = a")
