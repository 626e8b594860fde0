"""A number field takes a number, though a rule writes texts."""

from __future__ import annotations

from pathlib import Path

from harness import CLEAN, RULES, Tool, company, matching, standing

from pfjira.sandbox.server import Sandbox


def test_a_number_field_is_written_as_a_number_and_then_agreed(tmp_path: Path) -> None:
    """Created, then changed, then nothing more to do."""
    rules = tmp_path / "rules.yaml"
    line = '      duedate: "{{ task.ends_on }}"'
    assert line in RULES.read_text()
    rules.write_text(
        RULES.read_text().replace(line, f'{line}\n      customfield_10053: "{{{{ task.title | length }}}}"')
    )
    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path, rules=rules)
        first, second = tool.run("sync", "--json"), tool.run("sync", "--json")
        sandbox.clock.advance(60)
        sandbox.peopleforce.edit_task(next(iter(matching(sandbox))), title="Four")
        third, fourth = tool.run("sync", "--json"), tool.run("sync", "--json")

        assert [0, 0, 0, 0] == [answer.code for answer in (first, second, third, fourth)], first.out
        assert [{}, {"update": 1}, {}] == [answer.json["done"] for answer in (second, third, fourth)]
        assert CLEAN == standing(sandbox)
        assert 4 in {issue.fields.get("customfield_10053") for issue in sandbox.jira.issues.values()}
