"""What an error answer says, without the values that were sent.

Both systems explain a refusal in free text that may quote what was sent: a name, an address, a summary. The texts are
worth keeping (they name the field), the values must never reach a log, so every string of the request is cut out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from pfjira.engine.model import Json

_LONGEST = 300
_ADDRESS = re.compile(r"[^\s'\"<>(),;:]+@[^\s'\"<>(),;:]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_MEMBERS_TO_SKIP = frozenset({"project", "issuetype", "transition", "type"})
"""Names of the site's own things, which a message may well repeat."""


def refusal(payload: Json, sent: Json = None, secrets: Iterable[str] = ()) -> tuple[str, dict[str, str]]:
    """Return (general sentence or empty, field to sentence) of an error answer in any of the known shapes.

    Jira: `errorMessages` and `errors`; its service desks: `errorMessage` and `i18nErrorMessage`; PeopleForce: `errors`
    as a list of `{message}`; gateways: `message` (reference: peopleforce section 6, jira sections 9 and 11). Every
    string inside `sent` is cut out of the texts.
    """
    if not isinstance(payload, Mapping):
        return "", {}
    cut = [*secrets, *sorted(set(_texts(sent)), key=len, reverse=True)]
    general: list[str] = []
    fields: dict[str, str] = {}
    errors = payload.get("errors")
    if isinstance(errors, Mapping):
        for name, text in errors.items():
            said = " ".join(map(str, text)) if isinstance(text, list) else str(text)
            fields[_clean(str(name), cut)] = _clean(said, cut)
    elif isinstance(errors, list):
        general.extend(_sentence(error) for error in errors)
    messages = payload.get("errorMessages")
    if isinstance(messages, list):
        general.extend(_sentence(message) for message in messages)
    plain = (payload.get(name) for name in ("message", "errorMessage", "error", "detail"))
    general.extend(text for text in plain if isinstance(text, str))
    if not any(general) and isinstance(coded := payload.get("i18nErrorMessage"), Mapping):
        # Its parameters may be what a person typed, in a form that nobody can cut out: the key alone.
        general.append(str(coded.get("i18nKey") or ""))
    return _clean("; ".join(filter(None, general)), cut), fields


def described(general: str, fields: Mapping[str, str]) -> str:
    """Join both parts of a refusal to one line."""
    return "; ".join([*([general] if general else []), *(f"{name}: {text}" for name, text in fields.items())])


def _sentence(error: Json) -> str:
    if isinstance(error, Mapping):
        messages = error.get("messages")
        return str(error.get("message") or ("; ".join(map(str, messages)) if isinstance(messages, list) else ""))
    return str(error)


def _clean(text: str, cut: Iterable[str]) -> str:
    for value in cut:
        if value in text:
            text = text.replace(value, "…")
    text = _CONTROL.sub(" ", _ADDRESS.sub("…", text)).strip()
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _texts(sent: Json) -> Iterator[str]:
    if isinstance(sent, str):
        # A text may also be quoted line by line.
        yield from (text for text in (sent, *sent.split("\n")) if len(text) >= 3)
    elif isinstance(sent, Mapping):
        for name, value in sent.items():
            if name not in _MEMBERS_TO_SKIP:
                yield from _texts(value)
    elif isinstance(sent, list | tuple):
        for value in sent:
            yield from _texts(value)
