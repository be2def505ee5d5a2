"""From nothing to a running Databricks App, step by step; each step does only what is still to be done."""
