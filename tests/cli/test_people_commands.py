"""`people list`, `link`, `unlink`, `import`: what they say, what they refuse, and what the next sync makes of them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import CLEAN, RULES, Answer, Tool, company, matching, standing, unique_tasks
from worlds import synced

from pfjira.engine.people import Doubt
from pfjira.sandbox.company import Account
from pfjira.sandbox.server import Sandbox

IRREGULAR = ("no_account", "hidden_email", "inactive", "twice", "not_assignable")


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Tool]:
    """Lend a company with one person of each doubt, whose first sync was a quarter of an hour ago."""
    with synced(tmp_path, people=200, tasks=60) as tool:
        tool.sandbox.clock.advance(900)
        yield tool


def odd(tool: Tool, kind: str) -> str:
    """Return the HR id of the person of this doubt."""
    return str(tool.sandbox.company.irregular[kind][0])


def plain(tool: Tool) -> str:
    """Return the HR id of a linked person."""
    return str(matching(tool.sandbox)[unique_tasks(tool.sandbox)[0]]["assigned_to"]["id"])


def accounts(tool: Tool, person: str) -> list[Account]:
    """Return the accounts with a person's address."""
    email = tool.sandbox.peopleforce.employees.by_id[int(person)].email
    return [account for account in tool.sandbox.company.accounts if account.email == email]


def a_free_account(tool: Tool, number: int = 0) -> str:
    """Let somebody come to Jira whose address nobody has in HR; return the account's id."""
    tool.sandbox.company.accounts.append(Account(f"712020:free{number}", "N", f"free{number}@partner.example", True))
    return f"712020:free{number}"


def assignees(tool: Tool, person: str) -> set[Any]:
    """Return who is assigned the issues of a person's tasks."""
    mine = [t for t in matching(tool.sandbox).values() if str(t["assigned_to"]["id"]) == person]
    others = {t["title"] for t in matching(tool.sandbox).values() if str(t["assigned_to"]["id"]) != person}
    titles = {task["title"] for task in mine} - others
    assert titles
    return {i.fields.get("assignee") for i in tool.sandbox.jira.issues.values() if i.fields["summary"] in titles}


def known(tool: Tool, *options: str) -> dict[str, Any]:
    """Return HR id to what `people list` tells."""
    answer = tool.run("people", "list", "--json", *options)
    assert 0 == answer.code, answer.err
    return {entry["person"]: entry for entry in answer.json["people"]}


def table(tool: Tool, text: str | bytes) -> str:
    """Write a table and return its name."""
    path = tool.folder / "people.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def acts(tool: Tool) -> list[tuple[str, str]]:
    """Return act and subject of what the audit tells about people."""
    with sqlite3.connect(tool.state) as state:
        return list(state.execute("SELECT act, subject FROM audit WHERE act LIKE 'people %' ORDER BY number"))


def take_in(tool: Tool, text: str | bytes, *options: str) -> Answer:
    """Import a table."""
    return tool.run("people", "import", table(tool, text), *options)


def test_the_list_names_everybody_by_id_and_nobody_by_name(tool: Tool) -> None:
    """Account, how matched and since when; names, addresses and numbers are nowhere."""
    answers = [tool.run("people", "list", *options) for options in ((), ("--json",), ("--review",))]
    said = "".join(answer.out + answer.err for answer in answers)
    people = tool.sandbox.peopleforce.employees.by_id.values()
    entry = known(tool)[plain(tool)]

    assert [0, 0, 0] == [answer.code for answer in answers]
    assert [] == [p.id for p in people if (p.email or "?") in said or p.last_name in said or p.employee_number in said]
    assert ("linked", "email", "", accounts(tool, plain(tool))[0].account_id, []) == tuple(
        entry[name] for name in ("state", "matched_by", "linked_by", "account", "reasons")
    )


def test_the_review_tells_who_waits_why_and_for_what(tool: Tool) -> None:
    """The same people and reasons as `status`, with the records that wait and the accounts that may be meant."""
    review = known(tool, "--review")
    said = {(one["person"], one["reason"]) for one in tool.run("status", "--json").json["people_in_review"]}

    assert {odd(tool, kind) for kind in IRREGULAR} == set(review)
    assert said == {(person, reason) for person, entry in review.items() for reason in entry["reasons"]}
    assert all(entry["waiting"] and entry["state"] == "review" for entry in review.values())
    twice = odd(tool, "twice")
    assert [a.account_id for a in accounts(tool, twice)] == review[twice]["suggested"]
    assert f"pfjira people link {twice} ACCOUNT_ID" in tool.run("people", "list", "--review").out
    assert "" == review[odd(tool, "not_assignable")]["command"]


def test_status_names_the_commands_that_help(tool: Tool) -> None:
    """Whoever reads that people are in review also reads what to do."""
    said = tool.run("status").out

    assert (True, True) == ("pfjira people list --review" in said, "pfjira people link HR_ID ACCOUNT" in said)


def test_an_empty_state_lists_nobody(tmp_path: Path) -> None:
    """Looking before the first sync is no error and leaves no trace."""
    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path)
        assert ({}, False) == (known(tool), tool.state.exists())


@pytest.mark.parametrize("kind", ["no_account", "hidden_email", "twice"])
def test_a_linked_person_is_assigned_by_the_next_sync(tool: Tool, kind: str) -> None:
    """No --full is needed; the act is in the audit, and the pair says by whom."""
    person, account = odd(tool, kind), a_free_account(tool)

    answer = tool.run("people", "link", person, account)
    entry = known(tool)[person]
    synced = tool.run("sync")

    assert (0, 0, {account}, CLEAN) == (answer.code, synced.code, assignees(tool, person), standing(tool.sandbox))
    assert ("linked", "link", account, True) == (
        entry["state"],
        entry["matched_by"],
        entry["account"],
        bool(entry["linked_by"]),
    )
    assert [("people link", f"{person} {account}")] == acts(tool)


def test_an_address_stands_for_the_one_account_it_leads_to(tool: Tool) -> None:
    """The account is found by the address of another person's account; the address is in no answer and no audit."""
    a_free_account(tool)
    tool.sandbox.company.accounts[-1].email_hidden = False
    person = odd(tool, "no_account")

    answer = tool.run("people", "link", person, "free0@partner.example", "--json")

    assert (0, {"person": person, "account": "712020:free0", "before": None, "also": []}) == (answer.code, answer.json)
    assert False is ("partner.example" in str(acts(tool)))


@pytest.mark.parametrize(
    ("kind", "doubt"),
    [("no_account", Doubt.NO_ACCOUNT), ("hidden_email", Doubt.HIDDEN), ("twice", Doubt.SEVERAL)],
)
def test_an_address_that_proves_nothing_is_refused(tool: Tool, kind: str, doubt: Doubt) -> None:
    """The same certainty as everywhere; the sentence says what lacks, without the address."""
    person = odd(tool, kind)
    email = tool.sandbox.peopleforce.employees.by_id[int(person)].email

    answer = tool.run("people", "link", person, str(email))

    assert (78, [], True, False) == (answer.code, acts(tool), doubt.value in answer.err, str(email) in answer.err)


@pytest.mark.parametrize(("kind", "words"), [("inactive", "deactivated"), ("app", "an app"), ("?", "no account of")])
def test_an_account_that_is_no_active_person_is_refused(tool: Tool, kind: str, words: str) -> None:
    """Deactivated, an app, or none at all."""
    found = {
        "inactive": next(a for a in tool.sandbox.company.accounts if not a.active).account_id,
        "app": next(a for a in tool.sandbox.company.accounts if a.account_type == "app").account_id,
        "?": "712020:nobody",
    }

    answer = tool.run("people", "link", odd(tool, "no_account"), found[kind])

    assert (78, True, []) == (answer.code, words in answer.err, acts(tool))


def test_an_account_of_somebody_else_is_refused_unless_told_also(tool: Tool) -> None:
    """A rehire is one human under two HR ids; only a human can say so."""
    person, other = odd(tool, "no_account"), plain(tool)
    account = accounts(tool, other)[0].account_id

    refused = tool.run("people", "link", person, account)
    told = tool.run("people", "link", person, account, "--also", "--json")

    assert (65, [f"pfjira: Account {account}: {Doubt.HELD.says([other])}. Nothing was written."]) == (
        refused.code,
        refused.complaints,
    )
    assert (True, 0, [other]) == ("--also" in "".join(refused.hints), told.code, told.json["also"])
    assert {account} == {known(tool)[one]["account"] for one in (person, other)}
    assert (0, {account}) == (tool.run("sync").code, assignees(tool, person))


def test_a_link_taken_back_is_not_found_again_by_itself(tool: Tool) -> None:
    """The issue keeps its assignee; a new one is made without, until somebody says who it is."""
    person = plain(tool)
    task = matching(tool.sandbox)[unique_tasks(tool.sandbox)[0]]
    (before,) = assignees(tool, person)

    assert 0 == tool.run("people", "unlink", person).code
    tool.sandbox.peopleforce.create_task(title="After it", assigned_to=task["assigned_to"]["id"])
    synced = tool.run("sync", "--full")

    assert 0 == synced.code, synced.out
    assert {before, None} == assignees(tool, person)
    assert [Doubt.UNLINKED.value] == known(tool, "--review")[person]["reasons"]
    assert 0 == tool.run("people", "link", person, before).code
    assert (0, {before}) == (tool.run("sync").code, assignees(tool, person))


def test_only_a_linked_person_can_be_unlinked(tool: Tool) -> None:
    """Somebody in doubt, and somebody unknown."""
    answers = [tool.run("people", "unlink", person) for person in (odd(tool, "no_account"), "999999")]

    assert [78, 78] == [answer.code for answer in answers]
    assert True is all("is not linked" in answer.err for answer in answers)


@pytest.mark.parametrize(
    "words",
    [
        ("link", "", "712020:a"),
        ("link", "None", "712020:a"),
        ("link", "0", "712020:a"),
        ("link", "12,13", "712020:a"),
        ("link", "12", ""),
        ("link", "12", "a b"),
        ("link", "12"),
        ("unlink", "x"),
        ("unlink",),
        ("import",),
        ("list", "--bogus"),
    ],
)
def test_a_wrong_command_line_exits_2(tool: Tool, words: tuple[str, ...]) -> None:
    """An empty or invented HR id is nobody; nothing is asked and nothing written."""
    answer = tool.run("people", *words)

    assert (2, [], "") == (answer.code, acts(tool), answer.out)


def test_a_table_links_by_id_at_once_and_the_next_sync_assigns(tool: Tool) -> None:
    """Semicolons, a mark at the start, spaces and an empty line do no harm; a row without an account is passed over."""
    one, two, three = odd(tool, "no_account"), odd(tool, "hidden_email"), odd(tool, "twice")
    first, second = a_free_account(tool, 1), a_free_account(tool, 2)
    text = f"\ufeffId;Account_ID\r\n{one}; {first}\r\n\r\n{two};{second}\r\n{three};\r\n"

    tried = take_in(tool, text, "--dry-run", "--json")
    assert (0, True, 2, {}) == (tried.code, tried.json["dry_run"], tried.json["linked"], dict(acts(tool)))
    done = take_in(tool, text, "--json")
    again = take_in(tool, text, "--json")

    assert (0, 3, 2, 1, []) == (done.code, *(done.json[n] for n in ("rows", "linked", "without_account", "errors")))
    assert (0, 0, 2) == (again.code, again.json["linked"], again.json["unchanged"])
    assert (0, {first}, {second}, {None}) == (
        tool.run("sync").code, assignees(tool, one), assignees(tool, two), assignees(tool, three)
    )  # fmt: skip
    assert ["people import"] * 2 == [act for act, _ in acts(tool)]


def test_a_table_by_address_waits_for_whoever_shows_it(tool: Tool) -> None:
    """The address is kept as a fingerprint only; the account may be named by its address in Jira."""
    person, account = odd(tool, "hidden_email"), a_free_account(tool)
    tool.sandbox.company.accounts[-1].email_hidden = False
    email = str(tool.sandbox.peopleforce.employees.by_id[int(person)].email)

    done = take_in(tool, f"email,jira_email\n{email.upper()},Free0@Partner.example\n", "--json")
    assert (0, 1) == (done.code, done.json["stated"]), done.out
    synced = tool.run("sync")

    assert (0, {account}, "import") == (synced.code, assignees(tool, person), known(tool)[person]["matched_by"])
    assert False is any(word.encode() in tool.state.read_bytes().lower() for word in (email, "partner.example"))


def test_a_table_by_employee_number_finds_whoever_has_it(tool: Tool) -> None:
    """Where the rules match by number; where they do not, the table is refused instead of lying unread."""
    person, account = odd(tool, "no_account"), a_free_account(tool)
    number = tool.sandbox.peopleforce.employees.by_id[int(person)].employee_number
    text = f"employee_number;account_id\n{number};{account}\n"
    refused = take_in(tool, text)
    tool.rules = tool.folder / "rules.yaml"
    tool.rules.write_text(RULES.read_text().replace("match: [email]", "match: [employee_number, email]"))

    done = take_in(tool, text, "--json")
    synced = tool.run("sync")

    assert (78, True) == (
        refused.code,
        ":2:1: `people.match` in the rules does not name employee_number" in refused.err,
    )
    assert (0, 1, 0) == (done.code, done.json["stated"], done.json["linked"]), done.out
    assert (0, {account}, "import") == (synced.code, assignees(tool, person), known(tool)[person]["matched_by"])
    assert False is (number.encode() in tool.state.read_bytes())


def test_a_table_does_not_move_whom_somebody_linked_by_hand(tool: Tool) -> None:
    """A human's word about one person stands above a table of many; what an address showed gives way to it."""
    by_hand, by_mail = odd(tool, "no_account"), plain(tool)
    free = [a_free_account(tool, number) for number in range(3)]
    assert 0 == tool.run("people", "link", by_hand, free[0]).code

    done = take_in(tool, f"id,account_id\n{by_hand},{free[1]}\n{by_mail},{free[2]}\n")

    assert (0, free[0], free[2]) == (done.code, known(tool)[by_hand]["account"], known(tool)[by_mail]["account"])
    assert (True, True) == ("1 left as somebody linked" in done.out, "1 linked to another account" in done.out)


WRONG = {
    "id,account_id\n12,712020:free0\n12,712020:free1\n": [(3, 1)],
    "id,account_id\n12,712020:free0\n13,712020:free0\n": [(3, 2)],
    "id,account_id\n12,712020:nobody\n": [(2, 2)],
    "id,account_id\n0,712020:free0\nx,a b\n": [(2, 1), (3, 1), (3, 2)],
    "account_id,id\n712020:free0,\n": [(2, 1)],
    "account_id,id\n712020:free0\n": [(2, 1)],
    "id,acount_id\n12,712020:free0\n": [(1, 1), (1, 2)],
    "id,id,account_id\n": [(1, 2)],
    "id\n12\n": [(1, 1)],
    "": [(1, 1)],
    'id,account_id\n12,"712020:free0\n': [(2, 1)],
    "id,account_id\n12,712020:fr\0ee0\n": [(2, 1)],
    b"\x89PNG\r\n\x1a\n\xff\xfe" * 50: [(1, 1)],
    b"id,account_id\n12,712020:free0\n13,\xff\n": [(3, 1)],
    "id,account_id\n12," + "a" * 200_000 + "\n": [(2, 1)],
    "employee_number,account_id\nE-1,712020:free0\n": [(2, 1)],
    "id,jira_email\n12,free0@partner.example\n": [(2, 2)],  # the address is hidden
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_a_table_with_anything_wrong_is_not_taken_in(tool: Tool, text: str | bytes) -> None:
    """Each mistake with its line and column, without the cell; nothing is imported, not even what is well."""
    for number in range(2):
        a_free_account(tool, number)
    before = known(tool)

    shown, said = take_in(tool, text, "--json"), take_in(tool, text)
    path = table(tool, text)

    assert (78, 78, WRONG[text]) == (shown.code, said.code, [(e["line"], e["column"]) for e in shown.json["errors"]])
    assert True is all(f"{path}:{line}:{column}: " in said.err for line, column in WRONG[text])
    assert ([], before, False) == (acts(tool), known(tool), "Traceback" in said.err or "partner" in said.err)


def test_an_account_that_somebody_else_has_is_refused_by_line(tool: Tool) -> None:
    """A table makes no two people one; the sentence says how a rehire is linked."""
    other = plain(tool)
    account = accounts(tool, other)[0].account_id

    answer = take_in(tool, f"id,account_id\n{odd(tool, 'no_account')},{account}\n")

    assert (78, True, True) == (answer.code, f":2:2: {Doubt.HELD.says([other])}" in answer.err, "--also" in answer.err)


@pytest.mark.parametrize("kind", ["none", "folder", "pipe", "large"])
def test_what_is_no_table_file_is_refused_at_once(tool: Tool, kind: str) -> None:
    """Not there, a folder, a pipe that nobody writes to, a file that is too large."""
    path = tool.folder / "odd"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "large":
        path.write_bytes(b"id,account_id\n" + b"1,a\n" * 3_000_000)

    answer = tool.run("people", "import", str(path))

    assert (78, 1, False) == (answer.code, len(answer.complaints), "Traceback" in answer.err)


def test_a_state_that_is_locked_is_not_written(tool: Tool) -> None:
    """Another run holds the state: later."""
    from pfjira.state.locks import sole_writer

    with sole_writer(tool.state, "sync"):
        codes = [
            tool.run("people", "link", odd(tool, "no_account"), a_free_account(tool)).code,
            tool.run("people", "unlink", plain(tool)).code,
            tool.run("people", "list").code,
        ]

    assert ([75, 75, 0], []) == (codes, acts(tool))
