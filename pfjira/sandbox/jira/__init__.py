"""Jira Cloud REST v3, simulated."""
