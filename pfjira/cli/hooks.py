"""The hooks that are served: their names and secrets, and which connector reads what they bring."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from pfjira.config.secrets import secret
from pfjira.connectors.jira import notice as jira
from pfjira.connectors.notice import Notice
from pfjira.connectors.peopleforce import notice as peopleforce
from pfjira.connectors.signature import Headers, HexSeal, Seal, StandardSeal, keys_of
from pfjira.engine.doors import Source
from pfjira.engine.fingerprint import Fingerprinter
from pfjira.engine.rules import RuleSet
from pfjira.errors import ConfigError
from pfjira.ops import intake
from pfjira.ops.parcels import DocumentsParcel, NoticeParcel, Parcel
from pfjira.state.inbox import Arrival
from pfjira.webhook.hooks import Hook

SYSTEMS = (peopleforce.SYSTEM, jira.SYSTEM)


def hooks(
    rules: RuleSet, environment: Mapping[str, str], prints: Fingerprinter, wanted: Collection[str]
) -> dict[str, Hook]:
    """Return what is served, by name; `wanted` empty means all. Raise ConfigError, SecretMissing for one without."""
    sources = {source.name: source for source in rules.sources}
    if taken := sources.keys() & set(SYSTEMS):
        raise ConfigError(
            f"The rules call a source {min(taken)!r}, which is the hook of that system itself.",
            hint="Give the source another name.",
        )
    every = [*SYSTEMS, *sources]
    if strange := sorted(set(wanted) - set(every)):
        raise ConfigError(f"There is no hook {strange[0]!r}: there is {', '.join(every)}.", hint="See `sources`.")
    found = {}
    for name in every:
        if wanted and name not in wanted:
            continue
        if name in sources:
            found[name] = _source_hook(sources[name], environment)
        else:
            found[name] = _system_hook(name, environment, prints)
    return found


def _system_hook(name: str, environment: Mapping[str, str], prints: Fingerprinter) -> Hook:
    keys = keys_of(secret(name, "webhook_secret", environment), f"PFJIRA_{name.upper()}_WEBHOOK_SECRET")
    header = peopleforce.HEADER if name == peopleforce.SYSTEM else jira.HEADER
    notice: Callable[[bytes], Notice] = peopleforce.notice if name == peopleforce.SYSTEM else jira.notice

    def read(raw: bytes, headers: Headers) -> Parcel:
        found = notice(raw)
        same = jira.identifier(headers) if name == jira.SYSTEM else None
        arrival = Arrival(name, found.topic, prints.of_bytes(raw), same or "", found.refs, found.sweep)
        return NoticeParcel(arrival)

    return Hook(name, HexSeal(header, keys), read)


def _source_hook(source: Source, environment: Mapping[str, str]) -> Hook:
    standard = source.scheme == "standard-webhooks"
    variable = f"PFJIRA_HOOK_{source.name.upper().replace('-', '_')}"
    keys = keys_of(secret("hook", source.name, environment), variable, standard=standard)
    seal: Seal = StandardSeal(keys) if standard else HexSeal(source.header, keys, bare=True)

    def read(raw: bytes, headers: Headers) -> Parcel:
        return DocumentsParcel(source, intake.read(source, raw))

    return Hook(source.name, seal, read)
