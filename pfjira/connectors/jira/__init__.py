"""Jira Cloud, the ticket system (REST API v3)."""
