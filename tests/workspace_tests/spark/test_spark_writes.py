"""Spark as the warehouse's engine: writes, and what Delta Lake refuses."""

from tests.workspace_tests.engine_cases.writes import WriteCases


class TestWrites(WriteCases):
    pass
