"""Spark as the warehouse's engine: tables and what is known of them."""

from tests.workspace_tests.engine_cases.harness import Run, T
from tests.workspace_tests.engine_cases.tables import TableCases


class TestTables(TableCases):
    def test_a_column_is_made_not_null_if_it_has_no_nulls(self, run: Run) -> None:
        """Delta Lake has this on Databricks only."""
        run(f"CREATE TABLE {T} (a INT)")
        refused = run.refused(f"ALTER TABLE {T} ALTER COLUMN a SET NOT NULL")
        assert refused == "UNSUPPORTED_FEATURE.LOCAL_WAREHOUSE 0A000"
