"""The recipe `shadow`, played: what is being tried is shown in every run and never written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from harness import Tool, company, writes
from story import RECIPES, Story, rules_of, story

from pfjira.sandbox.server import Sandbox

SHADOW = re.compile(r"^    shadow: true\n| shadow: true,", re.MULTILINE)


def hire(told: Story) -> int:
    """Enter somebody whose first day is in a week, with an account; return the id."""
    told.jira.act("add_account", display_name="Ada Ray", email="ada.ray@example.com")
    day = told.day(7)
    person = told.hr.act("hire", first_name="Ada", last_name="Ray", hired_on=day, email="ada.ray@example.com")
    return int(person["id"])


def shown(told: Story) -> list[tuple[str, str]]:
    """Return what `diff` would do in the shadow: rule and action."""
    document = told.run("diff", "--json").json
    return sorted((change["rule"], change["action"]) for change in document["shadows"])


def test_what_is_tried_is_shown_and_not_done(tmp_path: Path) -> None:
    """In each run again; the rule that is in use goes on, and its issue follows the record."""
    with story(tmp_path, "shadow") as told:
        person = hire(told)
        tried = [("vpn", "add member"), ("workplace", "create"), ("workplace/laptop", "create")]

        assert (tried, {"create": 1}) == (shown(told), told.sync())
        assert (1, "Welcome Ada Ray") == (len(told.issues()), told.issue("Ada").fields["summary"])
        told.hr.act("edit_employee", id=person, last_name="Byron")
        assert ({"update": 1}, "Welcome Ada Byron") == (told.sync(), told.issue("Ada").fields["summary"])
        assert (tried, []) == (shown(told), told.jira.groups.members_of("vpn-users"))


def test_out_of_the_shadow_it_is_done(tmp_path: Path) -> None:
    """Exactly what was shown; put back into it, the issues stay as they are and only show what they lack."""
    with story(tmp_path, "shadow") as told:
        person = hire(told)
        told.sync()
        text = told.tool.rules.read_text(encoding="utf-8")
        told.tool.rules.write_text(SHADOW.sub("", text), encoding="utf-8")

        assert {"create": 2, "add member": 1} == told.run("sync", "--json").json["done"]
        assert {"set fields": 1} == told.sync()
        assert ([], 1) == (shown(told), len(told.jira.groups.members_of("vpn-users")))

        told.tool.rules.write_text(text, encoding="utf-8")
        told.hr.act("edit_employee", id=person, last_name="Byron")
        assert {"update": 1} == told.sync()
        assert [("workplace", "update"), ("workplace/laptop", "update")] == shown(told)
        assert ["Laptop for Ada Ray", "Workplace for Ada Ray"] == sorted(
            str(told.issue(text).fields["summary"]) for text in ("Laptop", "Workplace")
        )


def in_the_shadow(text: str) -> str:
    """Return rules with every rule in the shadow that makes anything."""
    head, mark, rest = text.partition("\nrules:\n")
    body, tests, end = rest.partition("\ntests:")
    rules = re.split(r"(?m)^(?=  - )", SHADOW.sub("", body))
    changed = [rule if "make: nothing" in rule else _one(rule) for rule in rules]
    return head + mark + "".join(changed) + tests + end


def _one(rule: str) -> str:
    if rule.startswith("  - { "):
        return rule.replace("  - { ", "  - { shadow: true, ", 1)
    return re.sub(r"^(  - id: .*\n)", r"\1    shadow: true\n", rule)


def eventful_day(told: Story) -> None:
    """Let something happen for each recipe: somebody comes, leaves, moves, is away, gets a thing."""
    hire(told)
    people = [one.id for one in told.hr.employees.by_id.values() if one.status == "employed"]
    told.hr.act("issue_asset", asset=101, employee=people[0], issued_on=told.day(0))
    told.hr.act("terminate", id=people[0], effective_on=told.day(0))
    told.hr.act("terminate", id=people[1], effective_on=told.day(5))
    told.hr.act("place", id=people[2], effective_on=told.day(0), department="Sales", manager=people[3])
    told.hr.act("request_leave", employee=people[3], starts_on=told.day(7), ends_on=told.day(70), type=83)
    contractor = told.hr.hire("Vira", "Nova", told.day(-180), manager=9003, employment_type="Contractor")
    told.hr.edit_employee(contractor["id"], probation_ends_on=told.day(10))


@pytest.mark.parametrize("recipe", sorted(path.stem for path in RECIPES.glob("*.md")))
def test_no_recipe_writes_in_the_shadow(tmp_path: Path, recipe: str) -> None:
    """Whatever it makes: with every rule in the shadow, a company full of events sees not one write."""
    (tmp_path / "rules.yaml").write_text(in_the_shadow(rules_of(recipe)), encoding="utf-8")
    secret: dict[str, Any] = {"PFJIRA_TARGET_PROVISIONING": "a secret of thirty-two character"}
    with Sandbox(company(people=30, tasks=10, completed_tasks=0)) as sandbox:
        told = Story(Tool(sandbox, tmp_path, tmp_path / "rules.yaml", secret))
        eventful_day(told)
        if "helpdesk" in rules_of(recipe):
            (tmp_path / "event.json").write_text('{"ticket": {"id": "T-1", "title": "Printer"}}')
            assert 0 == told.run("deliver", "helpdesk", str(tmp_path / "event.json")).code

        answers = [told.run("sync", "--full").code, told.run("sync").code]
        shadows = told.run("diff", "--json").json["shadows"]

        assert ([0, 0], True, []) == (answers, bool(shadows), writes(sandbox.requests))
