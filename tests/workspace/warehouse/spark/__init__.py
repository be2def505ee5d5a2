"""Apache Spark with Delta Lake as the engine of the local warehouse: slow, and right by definition."""

from tests.workspace.warehouse.spark.engine import SparkEngine

__all__ = ["SparkEngine"]
