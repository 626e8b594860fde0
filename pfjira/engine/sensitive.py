"""What must not flow on, nor be shown, without being allowed by name: the deny list."""

from __future__ import annotations

import re

_SENSITIVE = re.compile(
    r"(?:^|\.)employee\.(?:date_of_birth|gender|termination_comment)"
    r"|(?:termination|leave)\.comment"
    r"|(?:^|\.)employee\.fields\.\w*?(?:salary|compensation|bank|iban|birth|passport|national_id|ssn|tax|pesel|gender"
    r"|health|medical|sick|disab|religion|ethnic)\w*",
    re.IGNORECASE,
)


def is_sensitive(path: str) -> bool:
    """Say whether a path names what must not flow on without being allowed by name: the deny list."""
    match = _SENSITIVE.search(path)
    return match is not None and match.end() == len(path)
