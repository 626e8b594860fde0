"""An operator switches a rule off or on; each act is written down.

What the site says of a rule is not his to decide.
"""

from __future__ import annotations

from datetime import datetime

from pfjira.state import audit, rule_versions
from pfjira.state.store import Store


def switch_off(store: Store, rule: str, *, who: str, why: str, now: datetime) -> None:
    """Switch a rule off."""
    with store.write():
        rule_versions.switch_off(store, rule, "operator", who=who, why=why, now=now)
        audit.append(store, who, "rules disable", rule, now)


def switch_on(store: Store, rule: str, *, who: str, now: datetime) -> bool:
    """Switch a rule on, as far as an operator switched it off; return whether one did.

    The site is asked again by the next run, in case it is what keeps the rule off.
    """
    with store.write():
        changed = rule_versions.switch_on(store, rule, "operator")
        rule_versions.ask_again(store)
        if changed:
            audit.append(store, who, "rules enable", rule, now)
    return changed
