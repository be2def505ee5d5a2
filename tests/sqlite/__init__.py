"""What only SQLite has: files that others made, several processes on one file, its own functions."""
