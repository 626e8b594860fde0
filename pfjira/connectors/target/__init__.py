"""Addresses of the house's own that are told when something happens."""
