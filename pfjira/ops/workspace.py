"""What one command works with, ready made by the composition root; and what it is asked to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from pfjira.connectors.base import HrSystem, PostOffice, Stamp, TicketSystem
from pfjira.engine.fingerprint import Fingerprinter, op_id
from pfjira.engine.model import Ref
from pfjira.engine.rules import RuleSet
from pfjira.ops.journal import Journal, NoJournal
from pfjira.ops.progress import Progress, Silent
from pfjira.ops.roles import Role
from pfjira.ops.ruleset import Choice, Off
from pfjira.state import pause, runs
from pfjira.state.store import Store

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run looks at. The default is everything that may have moved."""

    full: bool = False
    """Sweep both sides wholly instead of what moved."""
    only: str | None = None
    """One record id or issue key."""
    rule: str | None = None
    """Carry out the changes of this rule only."""
    refs: frozenset[Ref] | None = None
    """These records only, of whatever kinds."""
    again: frozenset[tuple[str, str]] = frozenset()
    """Rule and key of links whose issue is gone and is to be made once more."""
    given_up: frozenset[int] = frozenset()
    """Numbers of creations of open outcome that a person gives up: theirs is made once more."""
    pending: bool = False
    """Read of the HR side only what deliveries and Jira name."""

    @property
    def options(self) -> str:
        """The options that say the same, as a person writes them; the default is none."""
        given = {"--only": self.only, "--rule": self.rule}
        named = [f"{name} {value}" for name, value in given.items() if value is not None]
        switches = {"--full": self.full, "--pending": self.pending}
        return " ".join([*(name for name, is_set in switches.items() if is_set), *named])

    @property
    def kind(self) -> str:
        """What sort of run looks at this, one of `runs.KINDS`."""
        if self.refs is not None:
            return runs.REPLAY
        if self.only is not None or self.rule is not None:
            return runs.ONLY
        return runs.WEBHOOK if self.pending else runs.SWEEP if self.full else runs.MOVED

    @property
    def is_part(self) -> bool:
        """Whether watermarks must stay where they are, because not everything was looked at."""
        return self.is_named or self.rule is not None or self.pending

    @property
    def is_named(self) -> bool:
        """Whether a person named the records: what was refused before is tried again then."""
        return self.only is not None or self.refs is not None


def local_day(moment: datetime, zone: tzinfo) -> str:
    """Return the date that a moment has in a zone: it begins there at local midnight, however long the day is."""
    return moment.astimezone(zone).date().isoformat()


@dataclass(slots=True)
class Workspace:
    """Everything an operation needs, and nothing that it could misuse."""

    store: Store
    hr: HrSystem
    tickets: TicketSystem
    rules: RuleSet
    installation: str
    """Names this pair of systems in operation ids."""
    zone: tzinfo = UTC
    park: timedelta = timedelta(minutes=15)
    """How far Jira's clock must be past a creation of unknown outcome before it may be sent again."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    progress: Progress = field(default_factory=Silent)
    journal: Journal = field(default_factory=NoJournal)
    """Where what happens is written down."""
    who: str = ""
    """The operating-system user, for the audit."""
    role: Role = Role.ADMIN
    """What he is trusted with."""
    by_unit: bool = False
    """Whether the service manager runs this, so that a good end is that of its unit."""
    by_hand: bool = False
    """Whether he let a sync run from the dashboard, which is an act; what a timer starts is none."""
    crew: int = 8
    """How many writes may be under way at once."""
    posts: PostOffice | None = None
    """Sends to the declared targets; None where there are none."""
    choice: Choice | None = None
    """Why these rules are in force and not others; None where nobody had to choose."""
    unnamed: Mapping[str, str] = field(default_factory=dict)
    """Rules that call a field by a name that Jira does not know, with the reason."""
    run: int = 0
    """Number of the run that writes, 0 for a command that only looks."""
    marked: set[str] = field(default_factory=set)
    """Issues that this run wrote its number to before it planned anything."""
    off: Mapping[str, Off] = field(default_factory=dict)
    """Rules for which nothing is planned, as `ops.contradicted.refresh` found them."""

    def before_effect(self) -> None:
        """Call right before each request that writes, in whatever thread. Raise Paused while writing is stopped."""
        pause.honour(self.store.path)

    @property
    def rules_hash(self) -> str:
        """What settled records were settled under: the rules, and which of them were switched off."""
        return op_id(self.rules.hash, *sorted(self.off))[:16] if self.off else self.rules.hash

    def stamp(self, op: str) -> Stamp:
        """Return what a write of this run leaves on an issue of ours."""
        return Stamp(op, self.run)

    @property
    def fingerprints(self) -> Fingerprinter:
        """Fingerprints with this state's salt."""
        return Fingerprinter(self.store.salt)

    @property
    def now(self) -> datetime:
        """The time by Jira's clock as of its last answer: this machine's may be wrong by any amount.

        Before the first answer there is no other than this machine's. What is dated, or waited for, goes by this time.
        """
        return self.tickets.server_time or self.clock()

    @property
    def day(self) -> str:
        """Today in the rules' time zone."""
        return local_day(self.now, self.zone)

    def begun(self, started_at: datetime, there: datetime | None) -> datetime:
        """Return when a run began, by the clock of a system (`there`, as of its last answer), and never later."""
        return started_at if there is None else min(there, started_at + (there - self.clock()))

    @property
    def generation(self) -> int:
        """Counts the plans that were carried out; an approval is bound to it."""
        return int(self.store.meta("generation") or 1)
