"""Judge the field values that clients send, the way Jira does: all wrong fields named at once, nothing half applied.

A value is turned into what the store keeps (ids instead of objects). Nothing here may change an issue.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import isfinite
from typing import Any

from pfjira.sandbox.jira import adf, site
from pfjira.sandbox.jira.accounts import Accounts
from pfjira.sandbox.jira.payload import mapping
from pfjira.sandbox.jira.refusal import Refusal
from pfjira.sandbox.jira.store import IssueStore, StoredIssue

_NOT_ON_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
_NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
SUMMARY_LIMIT = 255
LABEL_LIMIT = 255
TEXT_FIELD_LIMIT = 255


class BadValue(Exception):
    """A value that its field does not take; the text is what Jira says about it."""


class FieldJudge:
    """Turn the `fields` and `update` members of a request into stored values."""

    def __init__(self, store: IssueStore, accounts: Accounts) -> None:
        self._store = store
        self._accounts = accounts
        self._readers: dict[str, Callable[[site.Field, Any], Any]] = {
            "string": _text,
            "date": _date,
            "number": _number,
            "array": _labels,
            "user": self._user,
            "priority": _priority,
            "option": _option,
            "issuelink": self._parent,
            "resolution": _resolution,
            "issuetype": self._issue_type,
        }

    def judge(self, fields: Any, update: Any, screen: frozenset[str], current: StoredIssue | None) -> dict[str, Any]:
        """Return stored values by field id; Refusal 400 naming every field that is wrong."""
        fields, update = mapping(fields), mapping(update)
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for name in [*fields, *(n for n in update if n not in fields)]:
            field = self._store.site.fields.get(name)
            try:
                if field is None or name not in screen or not field.settable:
                    raise BadValue(_NOT_ON_SCREEN.format(name))
                if name in fields and name in update:
                    raise BadValue(f"Field '{name}' may not be in both 'fields' and 'update'.")
                if name == "reporter" and not self._store.options.may_set_reporter:
                    raise BadValue(_NOT_ON_SCREEN.format(name))
                if name in fields:
                    values[name] = self._readers[field.type](field, fields[name])
                else:
                    values[name] = self._operate(field, update[name], current)
            except BadValue as bad:
                errors[name] = str(bad)
        if errors:
            raise Refusal(400, errors=errors)
        return values

    def check_hierarchy(self, project: site.Project, kind: site.IssueType, parent_id: str | None) -> None:
        """Refuse a parent that an issue of this type cannot have (a sub-task needs one of its own project)."""
        if parent_id is None:
            if kind.subtask:
                raise Refusal(
                    400, errors={"parent": "Issue type is a sub-task but parent issue key or id not specified."}
                )
            return
        parent = self._store.issues[parent_id]
        fits = parent.type.level == kind.level + 1 and (not kind.subtask or parent.project.key == project.key)
        if self._store.options.hierarchy_checked and not fits:
            raise Refusal(400, errors={"parentId": "Given parent issue does not belong to appropriate hierarchy."})

    def _operate(self, field: site.Field, operations: Any, current: StoredIssue | None) -> Any:
        if not isinstance(operations, list) or not all(isinstance(o, dict) and len(o) == 1 for o in operations):
            raise BadValue("The operations must be an array of objects with one operation each.")
        value = current.fields.get(field.id) if current else None
        for verb, operand in (pair for operation in operations for pair in operation.items()):
            if verb not in field.operations:
                raise BadValue(f"Operation '{verb}' is not supported for field '{field.id}'.")
            if verb == "set":
                value = self._readers[field.type](field, operand)
            elif verb == "add":
                value = _labels(field, [*(value or ()), operand])
            else:
                value = tuple(label for label in value or () if label != operand)
        return value

    def _user(self, field: site.Field, raw: Any) -> str | None:
        if raw is None:
            return None
        if not isinstance(raw, dict) or not ({"accountId", "id"} & set(raw)):
            raise BadValue("Specify the user by 'accountId'.")
        account_id = raw.get("accountId", raw.get("id"))
        return self.assignable(account_id) if field.id == "assignee" else self._known(account_id)

    def assignable(self, account_id: Any) -> str | None:
        """Return the account id to store as assignee; None for nobody, -1 for the project's default (nobody)."""
        if account_id is None or account_id == "-1":
            return None
        account = self._accounts.get(account_id)
        if account is None or not self._accounts.may_be_assigned(account):
            raise BadValue(f"User '{account_id}' cannot be assigned issues.")
        return account.account_id

    def _known(self, account_id: Any) -> str | None:
        if account_id is None:
            return None
        account = self._accounts.get(account_id)
        if account is None:
            raise BadValue(f"The account id '{account_id}' does not exist.")
        return account.account_id

    def _parent(self, field: site.Field, raw: Any) -> str | None:
        if raw is None or raw == {"none": True}:
            return None
        named = raw.get("id") or raw.get("key") if isinstance(raw, dict) else None
        issue = self._store.find(str(named)) if named else None
        if issue is None:
            raise BadValue("Could not find valid 'id' or 'key' of the parent issue.")
        return issue.id

    def _issue_type(self, field: site.Field, raw: Any) -> str:
        return _choice(raw, {t.id: t.name for t in self._store.site.types.values()}, "name", "issue type")


def check_summary(value: Any) -> str:
    """Return a summary without outer blanks; BadValue when Jira would refuse it."""
    if not isinstance(value, str) or not value.strip():
        raise BadValue("You must specify a summary of the issue.")
    if "\n" in value or "\r" in value:
        raise BadValue("The summary is invalid because it contains newline characters.")
    if len(value.strip()) > SUMMARY_LIMIT:
        raise BadValue("Summary can't exceed 255 characters.")
    return value.strip()


def _text(field: site.Field, raw: Any) -> Any:
    if field.id == "summary":
        return check_summary(raw)
    if raw is None:
        return None
    if field.id in {"description", "environment"}:
        if not adf.is_document(raw):
            raise BadValue(_NO_DOCUMENT)
        return raw
    if not isinstance(raw, str):
        raise BadValue("Operation value must be a string")
    if len(raw) > TEXT_FIELD_LIMIT:
        raise BadValue("The entered text is too long. It exceeds the allowed limit of 255 characters.")
    return raw or None


def _date(field: site.Field, raw: Any) -> str | None:
    if raw is None:
        return None
    try:
        if not isinstance(raw, str) or len(raw) != 10:
            raise ValueError
        return date.fromisoformat(raw).isoformat()
    except ValueError:
        raise BadValue('Operation value must be a string in the format "yyyy-MM-dd"') from None


def _number(field: site.Field, raw: Any) -> float | None:
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not isfinite(raw):
        raise BadValue("Operation value must be a number")
    return float(raw)


def _labels(field: site.Field, raw: Any) -> tuple[str, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list) or not all(isinstance(label, str) and label for label in raw):
        raise BadValue("Operation value must be an array of strings")
    for label in raw:
        if any(c.isspace() for c in label):
            raise BadValue(f"The label '{label}' contains spaces which is invalid.")
        if len(label) > LABEL_LIMIT:
            raise BadValue(f"The label '{label}' exceeds 255 characters.")
    return tuple(sorted(set(raw)))


def _choice(raw: Any, choices: dict[str, str], word: str, what: str) -> str:
    if isinstance(raw, dict):
        if str(raw.get("id")) in choices:
            return str(raw["id"])
        name = raw.get(word)
        found = [key for key, text in choices.items() if "id" not in raw and isinstance(name, str) and text == name]
        if found:
            return found[0]
    raise BadValue(f"Specify a valid 'id' or '{word}' for {what}")


def _priority(field: site.Field, raw: Any) -> str:
    return _choice(raw, site.PRIORITIES, "name", "Priority")


def _resolution(field: site.Field, raw: Any) -> str:
    return _choice(raw, site.RESOLUTIONS, "name", "Resolution")


def _option(field: site.Field, raw: Any) -> str | None:
    return None if raw is None else _choice(raw, dict(field.options), "value", field.name)
