"""DuckDB as the engine of the local warehouse: quick, and as strict as Spark and Delta Lake."""

from tests.workspace.warehouse.duck.engine import DuckEngine

__all__ = ["DuckEngine"]
