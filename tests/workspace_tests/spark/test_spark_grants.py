"""Spark as the warehouse's engine: who may do what."""

from tests.workspace_tests.engine_cases.grants import GrantCases


class TestGrants(GrantCases):
    pass
