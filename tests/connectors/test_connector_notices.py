"""Webhooks of both vendors, as their references show them: how they are signed, and which records each is about."""

from __future__ import annotations

import json

import pytest

from pfjira.connectors.jira import notice as jira
from pfjira.connectors.peopleforce import notice as peopleforce
from pfjira.connectors.signature import HexSeal, StandardSeal, keys_of, standard_signature
from pfjira.engine.model import Ref
from pfjira.errors import BadDelivery, ConfigError

OFFICIAL = b"It's a Secret to Everybody"
VECTOR = b"sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
PF_BODY = (
    '{"action":"employee_update","data":{"id":9101,"attributes":{"first_name":"Testina","last_name":"Fakename Ґ"},'
    '"meta":{"created_at":"2026-07-21T16:29:07.894+03:00","updated_at":"2026-07-21T16:29:08.713+03:00"}}}'
).encode()
PF_VECTOR = b"sha256=53b51fd11d451ccddc86fb19ee4fe3b062eb235a177069d2491c816aa822b814"
LONG, LONGER = "k" * 32, "n" * 40


def test_both_vendors_published_vectors_fit() -> None:
    """Jira's own test vector, and the one worked out for PeopleForce's scheme over non-ASCII bytes."""
    ours = HexSeal("x-peopleforce-signature", (b"example-webhook-secret-not-real",))

    assert HexSeal("x-hub-signature", (OFFICIAL,)).fits([(b"x-hub-signature", VECTOR)], b"Hello World!", 0)
    assert ours.fits([(b"x-peopleforce-signature", PF_VECTOR)], PF_BODY, 0)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"x-hub-signature", b"")],
        [(b"x-hub-signature", VECTOR[7:])],
        [(b"x-hub-signature", b"sha1=" + VECTOR[7:])],
        [(b"x-hub-signature", VECTOR.upper())],
        [(b"x-hub-signature", VECTOR), (b"x-hub-signature", VECTOR)],
        [(b"x-hub-signature", "sha256=é".encode("latin-1"))],
    ],
    ids=["none", "empty", "bare", "another method", "capitals", "twice", "not ascii"],
)
def test_whatever_is_not_the_one_signature_is_refused(headers: list[tuple[bytes, bytes]]) -> None:
    """Missing, cut, doubled or of another method: none of it opens the door, or breaks it."""
    assert not HexSeal("x-hub-signature", (OFFICIAL,)).fits(headers, b"Hello World!", 0)


def test_standard_webhooks_are_taken_for_five_minutes_under_any_active_key() -> None:
    """The time is signed too: what was recorded yesterday is of no use today."""
    new, old = keys_of(f"whsec_{'QUJD' * 11},{LONGER}", "X", standard=True)
    seal = StandardSeal((new, old))
    signed = b"v1,bm8= v1," + standard_signature(old, b"msg_1", b"1000", b"{}")
    headers = [(b"webhook-id", b"msg_1"), (b"webhook-timestamp", b"1000"), (b"webhook-signature", signed)]

    assert [True, True, False, False] == [seal.fits(headers, b"{}", now) for now in (1000, 1300, 1301, 699)]
    assert not seal.fits([(b"webhook-timestamp", b"-1000"), *headers[::2]], b"{}", 1000)


@pytest.mark.parametrize("secrets", ["", " , ", "k" * 31, f"{LONG},short", f"{LONG}\n{'k' * 31}"])
def test_a_short_secret_is_none(secrets: str) -> None:
    """Each of them must be long: the weakest one decides."""
    with pytest.raises(ConfigError, match="must be 32 bytes or more"):
        keys_of(secrets, "PFJIRA_JIRA_WEBHOOK_SECRET")


PEOPLEFORCE: dict[str, tuple[str, dict[str, object]]] = {
    **dict.fromkeys(
        ["employee_create", "employee_update", "employee_start", "employee_terminate", "employee_termination_revert"],
        ("employee", {"id": 7}),
    ),
    **{
        f"employee_{what}_{verb}": ("employee", {"id": 1, "employee_id": 7})
        for what in ("position", "salary", "additional_compensation", "employment_status")
        for verb in ("create", "update")
    },
    **{
        f"leave_request_{what}": ("leave", {"id": 7, "attributes": {"employee_id": 1}})
        for what in ("create", "approve", "reject", "withdraw", "destroy")
    },
    **dict.fromkeys(["applicant_create", "applicant_destroy"], ("candidate", {"id": 7})),
    **{
        f"vacancy_{what}": ("candidate", {"id": 1, "applicant": {"id": 7}})
        for what in ("application_create", "application_movement", "offer_accept", "offer_reject")
    },
}


def test_every_topic_of_peopleforce_names_its_record() -> None:
    """The id of the record itself, or of whom a row of somebody's history belongs to."""
    found = {
        topic: peopleforce.notice(json.dumps({"action": topic, "data": data}).encode()).refs
        for topic, (_, data) in PEOPLEFORCE.items()
    }

    assert {topic: (Ref("peopleforce", kind, "7"),) for topic, (kind, _) in PEOPLEFORCE.items()} == found


JIRA: dict[str, dict[str, object]] = {
    **{f"jira:issue_{verb}": {"issue": {"id": "7"}} for verb in ("created", "updated", "deleted")},
    **{f"comment_{verb}": {"issue": {"id": "7"}, "comment": {}} for verb in ("created", "updated", "deleted")},
    **{f"worklog_{verb}": {"worklog": {"issueId": "7"}} for verb in ("created", "updated", "deleted")},
    **{f"issue_property_{verb}": {"issue": {"id": "7"}} for verb in ("set", "deleted")},
    **{f"attachment_{verb}": {"issue": {"id": 7}} for verb in ("created", "deleted")},
}


def test_every_event_of_jira_names_its_issue() -> None:
    """A link names both ends, an account event the account."""
    found = {
        topic: jira.notice(json.dumps({"webhookEvent": topic, **body}).encode()).refs for topic, body in JIRA.items()
    }
    link = {"webhookEvent": "issuelink_created", "issueLink": {"sourceIssueId": 7, "destinationIssueId": 8}}
    account = {"webhookEvent": "user_updated", "user": {"accountId": "712020:99-88"}}

    assert dict.fromkeys(JIRA, (Ref("jira", "issue", "7"),)) == found
    assert ["7", "8"] == [ref.id for ref in jira.notice(json.dumps(link).encode()).refs]
    assert (Ref("jira", "account", "712020:99-88"),) == jira.notice(json.dumps(account).encode()).refs


@pytest.mark.parametrize(
    ("body", "sweep"),
    [
        ({"action": "employee_update", "data": {}}, "employee"),
        ({"action": "employee_update", "data": {"id": True}}, "employee"),
        ({"action": "employee_position_create", "data": {"id": 5}}, "employee"),
        ({"action": "leave_request_destroy", "data": None}, "leave"),
        ({"action": "vacancy_offer_accept", "data": [7]}, "candidate"),
        ({"action": "workflow"}, "task"),
        ({"webhookEvent": "jira:issue_updated", "issue": {"key": "HR-1"}}, "issue"),
        ({"webhookEvent": "user_created", "user": {"accoundId": "x"}}, "account"),
    ],
)
def test_a_body_that_names_nobody_has_its_whole_kind_read(body: dict[str, object], sweep: str) -> None:
    """A topic that matters is never dropped for what its body lacks."""
    found = (peopleforce if "action" in body else jira).notice(json.dumps(body).encode())

    assert ((), sweep, False) == (found.refs, found.sweep, found.is_ignored)


@pytest.mark.parametrize("topic", ["survey_answer", "vacancy_create", "something_new", "Jane Roe", 7, None])
def test_an_unknown_topic_is_taken_and_ignored(topic: object) -> None:
    """Its name is kept where it looks like one: what else stands there is not ours to repeat."""
    found = peopleforce.notice(json.dumps({"action": topic, "data": {"id": 7}}).encode())

    assert (True, True) == (found.is_ignored, found.topic in ("?", topic) and found.topic != "Jane Roe")


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"7", b'{"a": NaN}', b'{"a": 1e999}', b'{"a": "\xff"}', b'{"a": "\\ud800"}', b"[" * 100_000]
)
def test_what_is_no_json_object_is_no_delivery(raw: bytes) -> None:
    """NaN, lone surrogates and endless nesting included."""
    with pytest.raises(BadDelivery):
        jira.notice(raw)


def test_the_identifier_of_a_delivery_is_taken_as_it_is_or_not_at_all() -> None:
    """It becomes a key of the state: nothing strange may pass for one."""
    good, bad = b"8f2b8a53-0a45-4c8f-9d6b-3a5f1f0c7e21", b"x'; drop"

    assert [good.decode(), None, None] == [
        jira.identifier([(b"x-atlassian-webhook-identifier", value)]) for value in (good, bad, b"")
    ]
