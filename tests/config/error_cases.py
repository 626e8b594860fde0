"""Ways to spoil a good rules file, for the tests of the loader's complaints."""

from __future__ import annotations

from whole_language import WHOLE

GOOD = """\
version: 1
maps: { lead: { "*": 1 } }
rules:
  - id: one
    for: task
    when: task.title == "x"
    make: issue
    in: { project: OPS, type: Task }
    set:
      summary: "{{ task.title }}"
      duedate: "{{ task.ends_on }}"
    done_when: task.completed
    close: { to: Done }
    cancel_when: task.gone
    cancel: { to: Cancelled }
    back:
      - { when: issue.key == "x", do: reopen }
"""

MISTAKES = [
    ("make: issue", "mak: issue", "4:5: the rule needs 'make'"),
    ("    for: task", "    fro: task", "4:5: the rule needs 'for'"),
    ("rules:", "rule:", "1:1: the file needs 'rules'"),
    ("version: 1", "version: 2", "1:10: this program reads rules of version 1 only"),
    ("version: 1\n", "", "1:1: the file needs 'version'"),
    ("for: task", "for: taks", "5:10: for: unknown 'taks', did you mean 'task'?"),
    ("maps:", "rulez: []\nmaps:", "2:1: unknown word 'rulez' in the file, did you mean 'rules'?"),
    ("maps:", "timezone: Europe/Kiyv\nmaps:", "2:11: unknown time zone 'Europe/Kiyv', did you mean 'Europe/Kyiv'?"),
    ("maps:", "label: two words\nmaps:", "2:8: a label is one word of at most 255 characters"),
    (
        "maps:",
        "people: { match: [phone] }\nmaps:",
        "2:19: match: unknown 'phone', use one of: employee_number, email, id",
    ),
    ("maps:", "guards: { cancel: { max: many } }\nmaps:", "2:26: max must be a whole number from 0 to 1000000"),
    (
        "maps:",
        "guards: { cancels: { max: 1 } }\nmaps:",
        "2:11: unknown word 'cancels' in 'guards', did you mean 'cancel'?",
    ),
    ("id: one", "id: One Rule", "4:9: id must be small letters, digits and hyphens, beginning with a letter"),
    ("task.title == ", "task.titel == ", "6:11: unknown name 'task.titel', did you mean 'task.title'?"),
    ("task.title == ", "issue.key == ", "6:11: unknown name 'issue.key'"),
    ('task.title == "x"', "task.title", "6:11: the condition is neither true nor false"),
    ('task.title == "x"', 'task.id == "7"', "6:22: task.id is a number, this is not"),
    ('task.title == "x"', "5 != task.title", "6:11: task.title is a text, this is not"),
    ('task.title == "x"', "task.completed == 1", "6:29: task.completed is true or false, this is not"),
    ('task.title == "x"', '"{{ task.completed }}"', "6:12: when is an expression already"),
    (
        'task.title == "x"',
        'task.title is startwith("x")',
        "6:25: unknown test 'startwith', did you mean 'startingwith'?",
    ),
    ('task.title == "x"', 'lookup("led", task.id) == 1', "6:18: there is no map 'led', did you mean 'lead'?"),
    ('task.title == "x"', "[task.completed, task.nope]", "6:28: unknown name 'task.nope'"),
    ("{{ task.title }}", "{{ task.title | uper }}", "10:33: unknown filter 'uper', did you mean 'upper'?"),
    ("{{ task.title }}", "{% if 1 %}", "10:17: statements ({%) do not belong into rules"),
    (
        "{{ task.title }}",
        "{{ task.assigned_to.mail }}",
        "10:20: unknown name 'task.assigned_to.mail', did you mean",
    ),
    ('"{{ task.title }}"', ">-\n        folded\n        {{ task.nope }}", "12:12: unknown name 'task.nope'"),
    ('"{{ task.title }}"', "{{ task.title }}", "10:17: a key must be a plain word"),
    ("      summary: ", "      x: ", "10:7: 'set' needs 'summary'"),
    ("duedate", "due_date", "11:7: unknown field 'due_date', did you mean 'duedate'?"),
    ("duedate", "customfield_x", "11:7: unknown field 'customfield_x', did you mean 'customfield_10051'?"),
    ("duedate", "Summary", "11:7: the field 'summary' is set twice"),
    ("duedate:", "summary:", "11:7: duplicate key 'summary'"),
    ('duedate: "{{ task.ends_on }}"', "assignee: x", "11:17: assignee is a person"),
    ('duedate: "{{ task.ends_on }}"', "labels: x", "11:15: labels are added and removed, never set"),
    ('duedate: "{{ task.ends_on }}"', "duedate: { add: [x] }", "11:16: 'add' and 'remove' are for labels only"),
    ('duedate: "{{ task.ends_on }}"', "duedate: { own: hr }", "11:16: the value of 'duedate' needs exactly one of"),
    (
        'duedate: "{{ task.ends_on }}"',
        "priority: { value: x, own: her }",
        "11:34: own: unknown 'her', did you mean 'hr'?",
    ),
    (
        'duedate: "{{ task.ends_on }}"',
        "description: { markdown: x, html: y }",
        "11:20: the value of 'description' needs exactly one of",
    ),
    ('duedate: "{{ task.ends_on }}"', "duedate: 2026-02-30", "11:16: duedate is no date"),
    ('duedate: "{{ task.ends_on }}"', 'duedate: { value: "soon" }', "11:25: duedate is no date"),
    ('"{{ task.ends_on }}"', '"{{ task.ends_on }"', "11:33: `}}` is missing"),
    ("done_when: task.completed", "done_when: task.completed = true", "12:31: '=' sets a value"),
    ("project: OPS, ", "", "8:9: 'in' needs 'project'"),
    ("project: OPS", "project: ops", "8:20: project must be a project key in capitals"),
    ("    in: { project: OPS, type: Task }\n", "", "4:5: the rule needs 'in'"),
    ("    done_when: task.completed\n", "", "12:5: 'close' needs 'done_when' beside it"),
    ("    cancel: { to: Cancelled }\n", "", "14:5: 'cancel_when' needs 'cancel' beside it"),
    ("{ to: Done }", "{ resolution: Done }", "13:12: 'close' needs 'to'"),
    ("{ to: Done }", "Done", "13:12: 'close' must be a mapping"),
    ('issue.key == "x"', "children.a.key == '1'", "17:17: unknown name 'children.a.key'"),
    (
        'issue.key == "x"',
        "'lookup(\"lead\", issue.key) == 1'",
        "17:17: when may look at the issue and the record here, not",
    ),
    ("do: reopen", "do: reopn", "17:39: do: unknown 'reopn', did you mean 'reopen'?"),
    ("do: reopen", "own: once", "17:9: a line of 'back' needs exactly one of: do, set, note, issue, return"),
    ("do: reopen", "set: { x: y }", "17:35: 'set' is for rules about assignment or employee or leave"),
    ("make: issue", "make: nothing", "8:5: a rule that makes nothing cannot have 'in'"),
    ("    make: issue", "    key: fixed\n    make: issue", "7:10: the key is the same for every record"),
    ("for: task", "for: &a task", "5:10: anchors and aliases are not supported"),
    ("for: task", "for: *a", "5:10: anchors and aliases are not supported"),
    ("for: task", "for: !!str task", "5:10: tags are not supported"),
    ("for: task", "for: [", "7:9: not valid YAML: "),
    ("for: task", "for: " + "[" * 30 + "]" * 30, "5:27: nested more than 20 levels deep"),
    ("    for: task", "    for: task\n    for: task", "6:5: duplicate key 'for'"),
]
"""What is replaced in the good file, by what, and how the first complaint begins."""

MORE = [
    # the file
    ('maps: { lead: { "*": 1 } }', "maps: 5"),
    ("maps: { lead:", "maps: { lead: 7 }\nlabels: { lead:"),
    ("rules:", "people: { match: [] }\nrules:"),
    ("rules:", "people: 5\nrules:"),
    ("rules:", "guards: { cancel: 5 }\nrules:"),
    ("rules:", "tests: {}\nrules:"),
    ("rules:", "tests: [5]\nrules:"),
    ("rules:", "timezone: Mars\nrules:"),
    ("rules:", "timezone: [Mars]\nrules:"),
    ("maps: {", "maps: { Lead: {}, other: 5, more: { a: [] },"),
    ("version: 1", "version: true"),
    ("  - id: one", "  - 5\n  - id: one"),
    # names and expressions
    ("task.completed\n", "''\n"),
    ("task.completed\n", "[1]\n"),
    ("task.completed\n", "task\n"),
    ("task.completed\n", "task.assigned_to is empty\n"),
    ("task.completed\n", 'position is changed("department")\n'),
    ("task.completed\n", 'task is changed("department")\n'),
    ("task.completed\n", 'task.id is not changed("department")\n'),
    ("task.completed\n", "task.completed task.gone\n"),
    ("task.completed\n", 'task["completed"]\n'),
    ("task.completed\n", "task.title.upper()\n"),
    ("task.completed\n", "uper(task.title)\n"),
    ("task.completed\n", "task.title is matching(task.type)\n"),
    ("task.completed\n", "task.title is matching('(a+)+')\n"),
    ("task.completed\n", "task.title is matching('(')\n"),
    ("task.completed\n", "task.title is matching('\\d')\n"),
    ("task.completed\n", "task.title is matching('(?=a)')\n"),
    ("task.completed\n", "task.title is matching('.*.*.*.*a')\n"),
    ("task.completed\n", "task.title is matching('(.)\\\\1')\n"),
    ("task.completed\n", f"task.title is matching('{'a' * 300}')\n"),
    ("task.completed\n", "task.id == .5\n"),
    ("task.completed\n", "task.title == 'x\n"),
    ("task.completed\n", "task.title == §\n"),
    ("task.completed\n", "task.title == a}\n"),
    ("task.completed\n", f"task.title == '{'x' * 4000}'\n"),
    ("{{ task.title }}", "{{ }}"),
    ("{{ task.title }}", "{# note #}"),
    ("{{ task.title }}", "{{ task.title"),
    ("{{ task.title }}", "{{ task }}"),
    ('"{{ task.title }}"', "[1]"),
    ('"{{ task.title }}"', "~"),
    # in, set, close, back
    ("type: Task }", "type: Task, request: x }"),
    ("in: { project: OPS, type: Task }", "in: OPS"),
    ("set:\n", "set: 5\n    seet:\n"),
    ('duedate: "{{ task.ends_on }}"', '"": x'),
    ('duedate: "{{ task.ends_on }}"', "labels: { value: x }"),
    ('duedate: "{{ task.ends_on }}"', "labels: { add: [x], own: hr }"),
    ('duedate: "{{ task.ends_on }}"', "labels: { add: { a: b } }"),
    ('duedate: "{{ task.ends_on }}"', "reporter: { value: x }"),
    ('duedate: "{{ task.ends_on }}"', "priority: { value: x, allow_sensitive: maybe }"),
    ("{ to: Done }", "{ to: Done, children: open }"),
    ("{ to: Done }", "{ to: Done, fields: 5 }"),
    ("{ to: Cancelled }", "{ to: Cancelled, children: none }"),
    ("    back:\n      - {", "    back:\n      {"),
    ('when: issue.key == "x", do: reopen', "do: reopen"),
    ('when: issue.key == "x", do: reopen', "do: reopen, own: once, when: today"),
    ("    done_when: task.completed\n    close: { to: Done }\n", ""),
    ("done_when: task.completed", 'done_when: task.title == "x"'),
    ("task.completed", "task.gone and " * 250 + "task.gone"),
]
"""What is replaced in the good file, and by what."""

WHOLE_MISTAKES = [
    ("for: employee", "for: employe"),
    ("hook.helpdesk, make", "hook.helpdesc, make"),
    ("hook.helpdesk, make", "hook.ci, make"),
    ("hook.ticket.title", "hook.ticket.titel"),
    ("hook.ticket.title", "hook.ticket"),
    ("shadow: true", "shadow: yes"),
    ("{ id: left-alone,", "{ id: left-alone, shadow: true, key: x,"),
    ("on: laptop,", "on: labtop,"),
    ("on: laptop,", "on: left-alone,"),
    ("on: laptop,", "on: [],"),
    ("on: laptop,", "on: onboarding/laptops,"),
    ("on: laptop,", "on: laptop, close: { to: Done },"),
    ("on: laptop,", "fallback: 5,"),
    ("make: request", "make: requests"),
    ("request: Laptop }", "type: Laptop }"),
    ("spent: 1h30m", "spent: 90"),
    ("spent: 1h30m", "spent: 0m"),
    ("spent: 1h30m", "spent: [1h]"),
    ("group: vpn,", "groop: vpn,"),
    ("to: provisioning\n", "to: provision\n"),
    ("to: provisioning\n", "to: elsewhere\n"),
    ("body: { event: joined,", "body: 5 # {"),
    ("event: joined", 'event: "{{ employee.gender }}"'),
    ('title: "{{ employee.full_name }} leaves"', "titel: x"),
    ("      description: <p>", "      descr: <p>"),
    ("set: { assignee: {", "set: { assigne: {"),
    ('set: { assignee: { person: "{{ position.reporting_to.id }}" } }', "set: {}"),
    ('"**Hello** {{ employee.fields.nickname }}"', '"{{ employee.fields.salary_base }}"'),
    ('"**Hello** {{ employee.fields.nickname }}"', '"{{ employee.fields }}"'),
    (", allow_sensitive: true", ""),
    ('"Hire withdrawn"', '"{{ employee.date_of_birth }}"'),
    ('adopt: "preboarding/', 'adopt: "preboard/'),
    ('adopt: "preboarding/', 'adopt: "left-alone/'),
    ('adopt: "preboarding/', 'adopt: "{{ employee.id }}/'),
    ("key: accounts", "key: laptop"),
    ("in: { project: ITOPS, type: Task }", "in: { project: ITOPS }"),
    ("key: accounts", "key: Accounts"),
    ("        set: { summary: Accounts,", "        make: issue\n        set: { summary: Accounts,"),
    ("      - { key: laptop, set: { summary: Laptop } }", "      - { set: { x: y } }"),
    ("      - { key: laptop, set: { summary: Laptop } }", "      - laptop"),
    (
        "      - { key: laptop, set:",
        "".join(f"      - {{ key: a{i}, set: {{ summary: x }} }}\n" for i in range(50)) + "      - { key: laptop, set:",
    ),
    ("        cancel: { to: Cancelled }", "        cancel: { to: Cancelled, children: open }"),
    ("        close: { to: Done }", "        close: { to: Done }\n        cancel_when: employee.gone\n      - key: x"),
    ("children.laptop.status", "children.labtop.status"),
    ("- { key: laptop,", "- { key: lap-top,"),
    ("follow_until: issue", "follow_until: today == 1 and issue"),
    ("children: none", "children: some"),
    ("set: { laptop_ticket:", "set: { laptop-ticket:"),
    ('set: { laptop_ticket: "{{ issue.key }}" }', "set: {}"),
    ('set: { laptop_ticket: "{{ issue.key }}" }', "set: 5"),
    ('issue: { asset: "{{ issue.key }}" }', "issue: { on: x }"),
    ('issue: { asset: "{{ issue.key }}" }', "issue: 5"),
    ('"Handed over ({{ issue.key }})"', '"x", own: once'),
    ('{ laptop_ticket: "{{ issue.key }}" }, own: once', '{ laptop_ticket: "{{ issue.key }}" }, own: hr'),
    ('return: "{{ today }}"', "do: complete"),
    ('issue: { asset: "{{ issue.key }}" }', "return: x"),
    ('changed("department")', 'changed("departement")'),
    ('changed("department")', "changed(department)"),
    ('changed("department")', 'changed("salary")'),
    ("position is changed", "employee is changed"),
    # targets and sources
    ("https://iam", "http://iam"),
    ("https://iam", "ftp//iam"),
    ("https://iam", "https://user@iam"),
    ("https://iam", "https://[iam"),
    ("127.0.0.1:8080", "127.0.0.1:0"),
    ("provisioning: { url:", "provisioning: { uri:"),
    ("secret: provisioning", "secret: Top Secret"),
    ("id: ticket.id", "id: ticket/id"),
    ("fields: [ticket.title, ticket.person]", "fields: []"),
    ("fields: [ticket.title, ticket.person], ", ""),
    ("standard-webhooks", "standard-webhook"),
    ("x-sig", '"x: sig"'),
    # tests
    ("today: 2026-03-01", "today: tomorrow"),
    ("given: { employee:", "given: { emploee:"),
    ("given: { employee:", "given: { task: {}, employee:"),
    ("hired_on: 2026-04-10", "hired: 2026-04-10"),
    ("hired_on: 2026-04-10", "department: IT"),
    ("hired_on: 2026-04-10", "hired_on: { day: 1 }"),
    ("before: { employee:", "before: { task:"),
    ("    existing: { onboarding: open, onboarding/accounts: done }\n", ""),
    ("onboarding: open", "onboarding: opened"),
    ("onboarding: open", "onboard: open"),
    ("onboarding: open", "vpn: open"),
    ("onboarding: open", "left-alone: done"),
    ('"onboarding: update duedate"', '"onboarding update duedate"'),
    ('"onboarding: update duedate"', '"onbording: update duedate"'),
    ('"onboarding: update duedate"', "[]"),
    ("  - name: a delivery\n", "  - nam: a delivery\n"),
    ("{ hook.helpdesk: {", "{ hook.help: {"),
    ("{ hook.helpdesk: {", "{ hook.helpdesk: 5, employee: {"),
]
"""What is replaced in the file that uses every word, and by what."""

FILES = {
    "a huge file": "#" * 1_048_577,
    "too many values": "[" + "1," * 60_000 + "1]",
    "two documents": GOOD + "--- 1\n",
    "a control character": "a: \x01",
    "too many rules": "version: 1\nrules:\n" + "- 5\n" * 1001,
    "two rules of one name": GOOD + GOOD[GOOD.index("  - id") :],
    "an empty file": "",
}
"""Whole texts that are no rules file."""


def spoiled() -> dict[str, str]:
    """Return every spoiled text with a title."""
    found = {f"{old} -> {new}": GOOD.replace(old, new, 1) for old, new, *_ in (*MISTAKES, *MORE)}
    found |= {f"whole: {old} -> {new}": WHOLE.replace(old, new, 1) for old, new in WHOLE_MISTAKES}
    return {title.replace("\n", "\\n")[:160]: text for title, text in found.items()} | FILES
