"""Stories share what is beside them."""
