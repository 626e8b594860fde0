"""What the environment says, checked once, as one frozen value. The names of the variables are a promise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from pfjira.config.secrets import secret
from pfjira.errors import ConfigError, SecretMissing


class PeopleForceSettings(BaseModel):
    """How to reach PeopleForce."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    """Base address of the API, ending in /api/public/v3."""
    api_key: SecretStr
    """A company API key."""
    rate: float
    """Requests per second, 0 for unpaced."""


class JiraSettings(BaseModel):
    """How to reach Jira Cloud."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    """https://SITE.atlassian.net, or https://api.atlassian.com/ex/jira/CLOUDID for scoped tokens."""
    email: str
    """Login of the account that keeps the issues."""
    api_token: SecretStr
    """Its API token."""
    rate: float
    """Requests per second, 0 for unpaced."""
    concurrency: int
    """Requests under way at once."""
    bulk_create: int
    """Issues in one create request, 1 to 50."""


class Settings(BaseModel):
    """Everything but the rules."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    peopleforce: PeopleForceSettings
    """The HR side."""
    jira: JiraSettings
    """The ticket side."""
    park: timedelta
    """How long Jira's clock must pass before a creation of unknown outcome may be sent again."""
    run: timedelta
    """After so long nothing more is sent by one command; the next one goes on."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the environment. Raise ConfigError or SecretMissing, naming the variable."""
    say = _Reader(environment)
    url = environment.get("PFJIRA_JIRA_URL", "").strip()
    email = environment.get("PFJIRA_JIRA_EMAIL", "").strip()
    for variable, value in (("PFJIRA_JIRA_URL", url), ("PFJIRA_JIRA_EMAIL", email)):
        if not value:
            raise SecretMissing(
                f"{variable} is not set.", hint="Set it (README: Connect your company); `pfjira demo` needs no account."
            )
    try:
        return Settings(
            peopleforce=PeopleForceSettings(
                url=environment.get("PFJIRA_PEOPLEFORCE_URL", "").strip() or "https://app.peopleforce.io/api/public/v3",
                api_key=SecretStr(secret("peopleforce", "api_key", environment)),
                rate=say.number("PFJIRA_PEOPLEFORCE_RATE", 4.0),
            ),
            jira=JiraSettings(
                url=url,
                email=email,
                api_token=SecretStr(secret("jira", "api_token", environment)),
                rate=say.number("PFJIRA_JIRA_RATE", 20.0),
                concurrency=int(say.number("PFJIRA_JIRA_CONCURRENCY", 8, low=1, high=32)),
                bulk_create=int(say.number("PFJIRA_JIRA_BULK", 50, low=1, high=50)),
            ),
            park=timedelta(minutes=say.number("PFJIRA_PARK_MINUTES", 15)),
            run=timedelta(minutes=say.number("PFJIRA_RUN_MINUTES", 30, low=0.01, high=1440)),
        )
    except ValidationError as error:
        raise ConfigError(f"The settings do not fit together: {error.error_count()} problems.") from None


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def number(self, variable: str, default: float, *, low: float = 0, high: float = 10_000) -> float:
        text = self._environment.get(variable, "").strip()
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not low <= value <= high:
            raise ConfigError(
                f"{variable} is {text!r}, which is not a number from {low:g} to {high:g}.",
                hint=f"Leave it unset for the default, {default:g}.",
            )
        return value
