"""What every backend makes of a change of structure: the values of `backends.changes`, one database each."""
