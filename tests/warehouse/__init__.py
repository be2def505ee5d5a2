"""The warehouse's own matters, which the contract does not know."""
