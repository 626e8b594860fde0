"""The vocabulary of rules.yaml: every word, where it may stand, and what it means.

The loader complains about what is not in these tables, and the JSON Schema for editors is made from them: neither knows
a word that the other does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pfjira.engine import kinds
from pfjira.engine.model import Owner
from pfjira.engine.rules import Make

Words = Mapping[str, str]
"""Word to its meaning, in the order in which a file is best written."""

FILE_WORDS: Words = MappingProxyType({
    "version": "The version of the language: 1.",
    "timezone": "Where a day begins, such as Europe/Kyiv; the computer's own when left out.",
    "label": "The label that marks issues in Jira as kept by these rules.",
    "maps": "Small tables that `lookup` and `map` read; the key * answers for all others.",
    "people": "How a PeopleForce person is found in Jira.",
    "guards": "A run that would change more than this writes nothing and asks a person first.",
    "targets": "Where `make: post` may send.",
    "sources": "Programs whose signed deliveries are records of kind hook.NAME.",
    "rules": "What to keep true; the order is priority within a slot.",
    "tests": "What the rules must do with invented records; checked before changed rules are used.",
})  # fmt: skip
RULE_WORDS: Words = MappingProxyType({
    "id": "The rule's name. Links to issues are kept by it, so it never changes.",
    "for": "Which records: task, employee, position, termination, leave, assignment, candidate, team, hook.NAME.",
    "slot": "The first rule of a slot whose `when` holds gets the record; a rule alone is its own slot.",
    "shadow": "true: plan and show, never write.",
    "when": "One expression or a list of them, which must all hold, that opens a situation.",
    "key": "Names the situation, never by a value that may change; the record's id when left out.",
    "adopt": "RULE/KEY of an issue, kept by another rule, that this situation takes over.",
    "make": "What to keep, or to do once.",
    "in": "Where the issue lives.",
    "raise_for": "For whom a request is raised: an HR id.",
    "on": "Rules and children (onboarding, onboarding/laptop) whose issues are meant.",
    "text": "The text of the comment or worklog.",
    "spent": "How much time is logged: 15m, 2h, 1h30m.",
    "group": "The group, by name or id.",
    "person": "Whom it concerns: an HR id.",
    "to": "The target that gets the document.",
    "body": "The document: a mapping whose texts may hold expressions.",
    "set": "Fields and their values.",
    "fallback": "HR id of the person who is named when another cannot be found in Jira.",
    "children": "Issues that belong to this one, each with a key of its own.",
    "done_when": "When the matter is done in PeopleForce.",
    "close": "Where the issue goes once it is done.",
    "follow_until": "Once this holds of the issue, the record is not followed any more.",
    "cancel_when": "When the matter is withdrawn.",
    "cancel": "Where the issue goes once it is withdrawn.",
    "back": "What a settled state of the issue writes to PeopleForce.",
})  # fmt: skip
COMMON_WORDS = ("id", "for", "slot", "when", "make", "key", "shadow")
_KEPT = ("adopt", "fallback", "done_when", "close", "follow_until", "cancel_when", "cancel", "back")
WORDS_OF_MAKE: Mapping[Make, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType({
    Make.ISSUE: (("in", "set"), (*_KEPT, "children")),
    Make.REQUEST: (("in", "set"), (*_KEPT, "raise_for")),
    Make.COMMENT: (("on", "text"), ()),
    Make.WORKLOG: (("on", "spent"), ("text",)),
    Make.UPDATE: (("on", "set"), ("fallback",)),
    Make.MEMBER: (("group", "person"), ("cancel_when",)),
    Make.TASK: (("set",), ()),
    Make.POST: (("to", "body"), ()),
    Make.NOTHING: ((), ()),
})  # fmt: skip
"""What a rule needs and may have besides the common words."""
NOT_WITH_NOTHING = ("key", "shadow")
"""Common words that say nothing about a rule that makes nothing."""
PAIRS = (
    ("close", "done_when", "done_when: task.completed"),
    ("cancel", "cancel_when", "cancel_when: task.gone"),
    ("cancel_when", "cancel", "cancel: { to: Cancelled }"),
)
"""Words that need another beside them, with an example of the other. A member has no `cancel`: it is taken away."""
CHILD_WORDS = ("key", "when", "in", "set", "fallback", "done_when", "close", "cancel_when", "cancel", "back")
"""Words of a rule that a child may have; the others are its parent's."""
IN_WORDS: Words = MappingProxyType({
    "project": "Project key, such as ITOPS.",
    "type": "Issue type, by name or id.",
    "request": "Request type, by name or id.",
})  # fmt: skip
IN_OF_MAKE: Mapping[Make, tuple[str, str]] = MappingProxyType(
    {Make.ISSUE: ("project", "type"), Make.REQUEST: ("project", "request")}
)
VALUE_FORMS: Words = MappingProxyType({
    "value": "A plain value: text, a date, a number.",
    "html": "HTML, as PeopleForce writes it; Jira gets a document.",
    "markdown": "Markdown; Jira gets a document.",
    "person": "An HR id; Jira gets the account of that person.",
    "option": "The text of an option.",
})  # fmt: skip
LIST_WORDS: Words = MappingProxyType({"add": "Labels that shall be there.", "remove": "Labels that shall not be."})
VALUE_WORDS: Words = MappingProxyType({
    **VALUE_FORMS,
    **LIST_WORDS,
    "own": "Who has the last word: hr (usual), jira, once, empty, ask.",
    "allow_sensitive": "true: the value may hold what is usually kept back, such as a birth date.",
})  # fmt: skip
TASK_WORDS: Words = MappingProxyType({
    "title": "The task's title.",
    "description": "HTML.",
    "person": "Whose task it is: an HR id.",
    "starts_on": "A date.",
    "ends_on": "A date.",
})  # fmt: skip
TASK_NEEDS = ("title", "person")
CLOSE_WORDS: Words = MappingProxyType({
    "to": "A status, or a category: new, indeterminate, done.",
    "resolution": "The resolution.",
    "comment": "A comment for the issue.",
    "fields": "Fields of the transition's screen.",
})  # fmt: skip
CANCEL_WORDS: Words = MappingProxyType({
    **CLOSE_WORDS, "children": "open (usual): open children are cancelled, too. none: they stay.",
})  # fmt: skip
CANCEL_CHILDREN = ("open", "none")
BACK_ACTIONS: Words = MappingProxyType({
    "do": "complete or reopen the task.",
    "set": "Fields of the employee and their values; custom fields by internal name.",
    "note": "A note on the employee, once.",
    "issue": "An asset is handed to the employee, once.",
    "return": "The day on which the asset of the assignment came back.",
})  # fmt: skip
BACK_WORDS: Words = MappingProxyType({
    "when": "The state of the issue, its children and the record.",
    **BACK_ACTIONS,
    "own": "With set: jira (usual) follows the issue, once writes while empty and never again, empty whenever empty.",
})  # fmt: skip
BACK_DO = ("complete", "reopen")
BACK_OWNERS = ("jira", "once", "empty")
HANDED_WORDS: Words = MappingProxyType({
    "asset": "The asset's id.",
    "on": "The day; today when left out.",
    "person": "An HR id; the record's own person when left out.",
})  # fmt: skip
PEOPLE_WORDS: Words = MappingProxyType({"match": "What is tried, in this order; an address only discovers."})
MATCHES: Words = MappingProxyType({
    "employee_number": "The employee number in the imported table.",
    "email": "The address.",
    "id": "The HR id in the imported table.",
})  # fmt: skip
LIMIT_WORDS: Words = MappingProxyType({"max": "So many at most.", "percent": "Or this share; the larger counts."})
TARGET_WORDS: Words = MappingProxyType({
    "url": "https, or http on this computer.",
    "secret": "Name of the secret that signs what is sent; never the secret itself.",
})  # fmt: skip
SOURCE_WORDS: Words = MappingProxyType({
    "id": "Dotted path in the body of what names one delivery.",
    "fields": "Dotted paths in the body that rules may read as hook.PATH.",
    "scheme": "How deliveries are signed.",
    "header": "The header that holds the signature.",
})  # fmt: skip
SCHEMES = ("hmac-sha256", "standard-webhooks")
TEST_WORDS: Words = MappingProxyType({
    "name": "What the test proves.",
    "today": "The date of the test.",
    "given": "One record: its kind and the fields that are not empty.",
    "before": "What was different when the existing issues were made.",
    "existing": "Rules and children that have an issue, and its state.",
    "expect": "What the rules want: texts of the form RULE: WORDS.",
})  # fmt: skip
TEST_NEEDS = ("name", "today", "given", "expect")
DONE = "done"
"""The one state in which a rule can be that keeps no issue."""
STATES = ("open", DONE, "cancelled")

MAKES = tuple(Make)
OWNERS = tuple(Owner)
KINDS = tuple(kinds.KINDS)
ABOUT_A_PERSON = frozenset({"employee", *kinds.ABOUT_A_PERSON})
"""Kinds whose rules may write to the employee's profile."""
MADE: Mapping[Make, str] = MappingProxyType(
    {
        make: make.value if make is Make.NOTHING else f"{'an' if make.value[0] in 'aeiou' else 'a'} {make}"
        for make in Make
    }
)

SYSTEM_FIELDS = (
    "summary", "description", "duedate", "assignee", "reporter", "priority", "labels", "components", "fixVersions",
    "environment", "parent", "resolution",
)  # fmt: skip
FIELDS_BY_NAME = {name.casefold(): name for name in SYSTEM_FIELDS} | {
    "due date": "duedate", "fix versions": "fixVersions",
}  # fmt: skip
PEOPLE_FIELDS = ("assignee", "reporter")
NAMED_FIELDS = ("priority", "components", "fixVersions", "resolution")

EXAMPLES: Words = MappingProxyType({
    "id": "id: it-tasks",
    "for": "for: task",
    "make": "make: issue",
    "in": "in: { project: ITOPS, type: Task }",
    "request": "in: { project: HELP, request: Laptop }",
    "set": 'set: { summary: "{{ task.title }}" }',
    "on": "on: onboarding",
    "text": 'text: "The manager changes on {{ position.effective_on }}"',
    "spent": "spent: 30m",
    "group": "group: vpn-users",
    "person": 'person: "{{ employee.id }}"',
    "to": "to: provisioning",
    "body": 'body: { event: joined, email: "{{ employee.email }}" }',
    "key": "key: accounts",
    "title": 'title: "Say hello to {{ employee.full_name }}"',
    "back": 'when: issue.status.category == "done"',
    "asset": 'asset: "{{ assignment.asset.id }}"',
    "url": "url: https://iam.example.com/hooks/hr",
    "fields": "fields: [ticket.id, ticket.title]",
    "name": "name: a new hire gets an issue",
    "today": "today: 2026-03-01",
    "given": "given: { employee: { id: 7, status: hired } }",
    "expect": 'expect: [ "onboarding: create" ]',
})  # fmt: skip
