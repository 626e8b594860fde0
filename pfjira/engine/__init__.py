"""The engine decides. It is pure: no clock, no I/O, no logging, no randomness."""
