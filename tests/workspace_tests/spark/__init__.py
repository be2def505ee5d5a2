"""Tests of the Spark engine; they run under `make test-spark` only."""
