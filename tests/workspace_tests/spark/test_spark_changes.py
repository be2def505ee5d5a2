"""Spark as the warehouse's engine: changes of tables."""

from tests.workspace_tests.engine_cases.changes import ChangeCases


class TestChanges(ChangeCases):
    pass
