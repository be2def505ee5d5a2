"""A local Databricks workspace, for tests and for work without the real one."""
