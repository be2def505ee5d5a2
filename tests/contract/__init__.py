"""What DESIGN.md section 3 and docs/API.md promise, on every backend, through HTTP against real gunicorns."""
