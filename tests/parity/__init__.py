"""One script of requests sent to all backends, and every answer compared."""
