"""How the simulated Jira says no: one exception that carries the answer.

The shapes are those of `errors.json` in the reference; words are Jira's where they were recorded.
"""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.wire import Reply


class Refusal(Exception):
    """A refused request: status, general messages, messages by field."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: dict[str, str] | None = None,
        bare: bool = False,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, messages, errors)
        self.status = status
        self.messages = list(messages)
        self.errors = errors or {}
        self.bare = bare
        """Payload problems are answered without an `errors` member."""
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """Return the usual error collection."""
        if self.bare:
            return {"errorMessages": self.messages}
        return {"errorMessages": self.messages, "errors": self.errors}

    def reply(self) -> Reply:
        """Return the answer."""
        return Reply(self.status, self.body(), dict(self.headers))


def no_issue() -> Refusal:
    """Return the refusal for a missing or invisible issue (Jira does not tell which)."""
    return Refusal(404, "Issue does not exist or you do not have permission to see it.")


def bad_payload() -> Refusal:
    """Return the refusal of a body that a closed schema does not allow."""
    return Refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.", bare=True)


def problem(method: str, path: str, status: int = 404) -> Reply:
    """Return the answer for a path, or a method on a path, that no operation has."""
    title = "Not Found" if status == 404 else "Method Not Allowed"
    detail = f"No endpoint {method} {path}." if status == 404 else f"Method '{method}' is not supported."
    return Reply(
        status,
        {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": path},
        content_type="application/problem+json;charset=UTF-8",
    )


class DeskRefusal(Refusal):
    """A refusal in the words of the service desk API: one text, its key, and the key's parameters."""

    def __init__(self, status: int, message: str, key: str, *parameters: str) -> None:
        super().__init__(status, message)
        self._translated = {"i18nKey": key, "parameters": list(parameters)}

    def body(self) -> dict[str, Any]:
        """Return the error of the service desk API."""
        return {"errorMessage": self.messages[0], "i18nErrorMessage": self._translated}
