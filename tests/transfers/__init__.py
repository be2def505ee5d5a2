"""Tables moved between any two databases."""
