"""What every engine of the local warehouse must do; each runs these cases with a fixture `run` of its own."""
