"""What a request costs: gunicorn as in production, beside bare Flask views in the same run."""
