"""One script of requests sent to two backends, and every answer compared."""
