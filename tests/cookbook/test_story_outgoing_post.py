"""The recipe `outgoing-post`, played: another system is told once, signed, and under one key however often."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from story import Story, story

from pfjira.sandbox.faults import Fault, Kind
from pfjira.sandbox.targets import Received

SECRET = "a secret of thirty-two character"


@contextmanager
def told_elsewhere(folder: Path) -> Iterator[Story]:
    """Lend a company whose provisioning system is the sandbox's target."""
    with story(
        folder,
        "outgoing-post",
        targets={"https://iam.example.com/hooks/hr": "provisioning"},
        environment={"PFJIRA_TARGET_PROVISIONING": SECRET},
    ) as told:
        yield told


def hire(told: Story) -> int:
    """Enter somebody whose first day is in three days; return the id."""
    day = told.day(3)
    person = told.hr.act("hire", first_name="Ada", last_name="Ray", hired_on=day, email="ada.ray@example.com")
    return int(person["id"])


def arrived(told: Story) -> list[Received]:
    """Return what the provisioning system got."""
    return told.tool.sandbox.targets.of("provisioning")


def sent_body(told: Story) -> bytes:
    """Return the bytes of the last post, as they were sent."""
    return [entry.body for entry in told.tool.sandbox.requests if entry.system == "target"][-1]


def test_who_joins_is_told_once_and_signed(tmp_path: Path) -> None:
    """The document of the recipe, a signature that the receiver can check, and nothing when the record moves on."""
    with told_elsewhere(tmp_path) as told:
        assert [] == arrived(told)
        person = hire(told)
        told.tool.sandbox.clock.advance(300)
        assert {"post": 1} == told.run("sync", "--json").json["done"]

        (post,) = arrived(told)
        assert {
            "event": "joins",
            "person": person,
            "email": "ada.ray@example.com",
            "department": "IT",
            "first_day": told.day(3),
        } == post.body
        head = f"{post.headers['webhook-id']}.{post.headers['webhook-timestamp']}.".encode()
        signed = hmac.new(SECRET.encode(), head + sent_body(told), hashlib.sha256).digest()
        assert f"v1,{base64.b64encode(signed).decode()}" == post.headers["webhook-signature"]

        told.hr.act("edit_employee", id=person, last_name="Byron", hired_on=told.day(4))
        told.pass_days(1)
        assert ({}, 1) == (told.sync(), len(arrived(told)))


@pytest.mark.parametrize("kind", ["drop_after", "cut_after", "status_after"])
def test_a_lost_answer_is_posted_again_under_the_same_key(tmp_path: Path, kind: Kind) -> None:
    """The receiver has it and nobody knows: it comes once more with the same `Idempotency-Key`, and never again."""
    with told_elsewhere(tmp_path) as told:
        hire(told)
        fault = told.tool.sandbox.faults.add(Fault(kind, "target", "POST", keep=12))
        first = told.run("sync")
        assert (1, True, 1) == (fault.landed, first.code != 0, len(arrived(told))), first.out

        assert {"post": 1} == told.sync()
        keys = [post.headers["idempotency-key"] for post in arrived(told)]
        assert (2, 1) == (len(keys), len(set(keys)))
        told.pass_days(1)
        assert ({}, 2) == (told.sync(), len(arrived(told)))


def test_a_receiver_that_is_down_is_told_when_it_is_back(tmp_path: Path) -> None:
    """Each run tries again; the rest of the work is not held up."""
    with told_elsewhere(tmp_path) as told:
        hire(told)
        told.tool.sandbox.targets.answer_with("provisioning", 503)
        assert [1, 1] == [told.run("sync").code for _ in range(2)]
        told.tool.sandbox.targets.answer_with("provisioning", 204)

        assert {"post": 1} == told.sync()
        assert 1 == len({post.headers["idempotency-key"] for post in arrived(told)})


def test_what_the_receiver_refuses_is_a_dead_letter(tmp_path: Path) -> None:
    """It is told with its reason and not sent again by itself; a whole sweep tries once more."""
    with told_elsewhere(tmp_path) as told:
        hire(told)
        told.tool.sandbox.targets.answer_with("provisioning", 422)
        answer = told.run("sync", "--json")
        assert (1, [("joiner", "post", 422)]) == (
            answer.code,
            [(one["rule"], one["action"], one["status"]) for one in answer.json["buried"]],
        )
        assert (1, 1) == (told.run("sync").code, len(arrived(told)))

        told.tool.sandbox.targets.answer_with("provisioning", 200)
        assert {"post": 1} == told.sync("--full")


def test_who_leaves_and_returns_is_told_each_time(tmp_path: Path) -> None:
    """One post for each employment, and one for its end."""
    with told_elsewhere(tmp_path) as told:
        person = hire(told)
        assert {"post": 1} == told.sync()
        told.pass_days(20)
        told.hr.act("terminate", id=person, effective_on=told.day(5))
        assert {} == told.sync()
        told.pass_days(5)
        assert {"post": 1} == told.sync()
        told.pass_days(30)
        told.hr.act("rehire", id=person, hired_on=told.day(2))
        assert {"post": 1} == told.sync()

        keys = {post.headers["idempotency-key"] for post in arrived(told)}
        assert (["joins", "leaves", "joins"], 3) == ([post.body["event"] for post in arrived(told)], len(keys))
        assert {"event": "leaves", "person": person} == {
            name: arrived(told)[1].body[name] for name in ("event", "person")
        }


def test_without_the_secret_nothing_runs(tmp_path: Path) -> None:
    """Unsigned posts are not sent in place of signed ones: exit 78, and the variable is named."""
    with told_elsewhere(tmp_path) as told:
        hire(told)
        told.tool.extra.clear()
        answer = told.run("sync")

        assert (78, True, []) == (answer.code, "PFJIRA_TARGET_PROVISIONING" in answer.err, arrived(told))
