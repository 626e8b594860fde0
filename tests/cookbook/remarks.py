"""What was said on an issue of a story."""

from __future__ import annotations

from story import Story

from pfjira.sandbox.jira import adf


def remarks(told: Story, text: str) -> list[str]:
    """Return the comments on the one issue whose summary holds a text, as plain text, oldest first."""
    return [adf.plain(comment["body"]).strip() for comment in told.issue(text).comments]
