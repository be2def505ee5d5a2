"""The tests: `contract` runs on every backend through HTTP, the rest on one part alone."""
