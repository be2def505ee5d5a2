"""Files of rows, format by format."""
