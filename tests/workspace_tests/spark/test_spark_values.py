"""Spark as the warehouse's engine: types, casts, comparisons, functions."""

from tests.workspace_tests.engine_cases.values import ValueCases


class TestValues(ValueCases):
    pass
