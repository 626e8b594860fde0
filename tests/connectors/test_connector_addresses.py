"""Which addresses get a credential, and what a refusal says without its values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfjira.connectors.address import checked_url, loopback, segment, site_of
from pfjira.connectors.jira.connector import Jira, JiraConfig
from pfjira.connectors.peopleforce.connector import PeopleForce, PeopleForceConfig
from pfjira.connectors.refusals import refusal
from pfjira.errors import ConfigError


@pytest.mark.parametrize(
    "url",
    [
        "http://example.atlassian.net",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com/",
        "ftp://127.0.0.1",
        "https://",
        "https://user:secret@example.test",
        "https://example.test/?key=1",
        "https://example.test:port/",
        "example.test",
        "",
    ],
)
def test_a_credential_does_not_travel_in_the_open(url: str) -> None:
    """Only https, or plain http to this machine, and nothing else inside the address."""
    with pytest.raises(ConfigError) as caught:
        checked_url("jira", url)

    assert (True, False) == (bool(caught.value.hint), "secret" in str(caught.value))


@pytest.mark.parametrize(
    "url", ["https://example.test/x", "http://127.0.0.1:8080", "http://[::1]:1/", "http://localhost"]
)
def test_safe_addresses_are_taken(url: str) -> None:
    """Either https, or http on loopback."""
    assert url.rstrip("/") + "/" == checked_url("jira", url)


def test_a_site_is_named_by_host_and_path() -> None:
    """What goes into ids tells two gateways' tenants apart."""
    named = [site_of(url) for url in ("https://A.atlassian.net/", "https://api.atlassian.com/ex/jira/1f")]

    assert ["a.atlassian.net", "api.atlassian.com/ex/jira/1f"] == named


def test_loopback_is_this_machine_only() -> None:
    """A name that merely begins like it is not."""
    assert [True, True, False] == [loopback(f"http://{host}/") for host in ("127.0.0.9", "localhost", "127.0.0.1.x")]


@pytest.mark.parametrize("key", ["", "two\nlines", "naïve", " spaced"])
def test_a_credential_with_strange_characters_is_a_configuration_error(key: str) -> None:
    """A line break pasted along is found before anything is sent, and not shown."""
    with pytest.raises(ConfigError) as peopleforce:
        PeopleForce(PeopleForceConfig.model_validate({"api_key": key}))
    with pytest.raises(ConfigError) as jira:
        Jira(JiraConfig.model_validate({"url": "https://x.test", "email": "a@x.test", "api_token": key}))

    assert not key or key not in str(peopleforce.value) + str(jira.value)


def test_a_configuration_does_not_show_its_secrets() -> None:
    """Neither in its text nor in that of the connector."""
    config = JiraConfig.model_validate({"url": "https://x.test", "email": "a@x.test", "api_token": "hush-hush"})
    connector = Jira(config)

    shown = repr(config) + str(config) + repr(connector) + str(config.model_dump())
    connector.close()
    assert ("hush" not in shown, "x.test") == (True, connector.site())


@given(st.text())
def test_a_name_is_one_segment_of_a_path(text: str) -> None:
    """Nothing leaves its place in an address, whatever it is called."""
    try:
        written = segment(text)
    except UnicodeEncodeError:
        return

    assert not set("/?#%") & set(written.replace("%", "", written.count("%")))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"errorMessages": ["A", "B"], "errors": {"x": "C"}}, ("A; B", {"x": "C"})),
        ({"errorMessages": ["A"]}, ("A", {})),
        ({"message": "Bad Credentials"}, ("Bad Credentials", {})),
        ({"success": False, "errors": [{"message": "text is required"}]}, ("text is required", {})),
        ({"errors": ["one", {"messages": ["two", "three"]}]}, ("one; two; three", {})),
        ({"errors": {"hired_on": ["is blank", "is wrong"]}}, ("", {"hired_on": "is blank is wrong"})),
        ({"errorMessage": "Portal", "i18nErrorMessage": {}}, ("Portal", {})),
        ({"errors": None, "errorMessages": 3, "message": []}, ("", {})),
        (None, ("", {})),
        (["text"], ("", {})),
    ],
)
def test_error_bodies_are_read_in_all_their_shapes(payload: object, expected: object) -> None:
    """Each shape in the references, and shapes that are none."""
    assert expected == refusal(payload)


def test_what_was_sent_is_cut_out_of_what_comes_back() -> None:
    """The sentence stays, the person does not; nor do addresses and control characters."""
    sent = {"fields": {"summary": "Onboard Jan Nowak", "project": {"key": "ITOPS"}, "labels": ["new-hire"]}}
    payload = {"errors": {"summary": "'Onboard Jan Nowak'\x1b[2J in ITOPS (jan@x.test), see new-hire"}}

    assert ("", {"summary": "'…' [2J in ITOPS (…), see …"}) == refusal(payload, sent)
