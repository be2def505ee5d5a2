"""The HTTP layer and how it is served."""
