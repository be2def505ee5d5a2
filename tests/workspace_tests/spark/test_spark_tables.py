"""Spark as the warehouse's engine: tables and what is known of them."""

from tests.workspace_tests.engine_cases.tables import TableCases


class TestTables(TableCases):
    pass
