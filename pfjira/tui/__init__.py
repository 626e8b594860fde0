"""The dashboard: a live look at the state, and the same commands as anywhere else, started by keys."""
