"""The systemd units, as text. `systemd/` in the repository is what this makes, and `pfjira init --systemd` prints it.

Every directive says why it is there. What all services share is written once, so that none is forgotten in one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PROGRAM = "/usr/local/bin/pfjira"

Lines = Iterable[tuple[str, str]]
"""Directive, and the reason for it; an empty reason where the line before gave it."""

_SHUT: Lines = (
    ("UMask=0077", "every file is for its owner only"),
    ("NoNewPrivileges=yes", "nothing it starts may gain rights"),
    ("CapabilityBoundingSet=", "it needs no privilege of the kernel at all"),
    ("AmbientCapabilities=", ""),
    ("ProtectSystem=strict", "the whole system is read-only but its own folders"),
    ("ProtectHome=yes", "nobody's home is its business"),
    ("PrivateMounts=yes", "what it mounts, nobody else sees; it mounts nothing"),
    ("PrivateTmp=yes", "nobody else sees, or plants, its temporary files"),
    ("PrivateDevices=yes", "no hardware"),
    ("DevicePolicy=closed", ""),
    ("PrivateIPC=yes", "no shared memory with others"),
    ("RemoveIPC=yes", ""),
    ("PrivateUsers=yes", "other accounts do not exist for it"),
    ("ProtectKernelTunables=yes", "the kernel is not to be configured,"),
    ("ProtectKernelModules=yes", "extended,"),
    ("ProtectKernelLogs=yes", "or read"),
    ("ProtectControlGroups=yes", "nor its own limits changed"),
    ("ProtectClock=yes", "the clock is only read"),
    ("ProtectHostname=yes", "so is the host's name"),
    ("ProtectProc=invisible", "other processes are hidden"),
    ("ProcSubset=pid", ""),
    ("RestrictSUIDSGID=yes", "no file that gives rights away"),
    ("RestrictRealtime=yes", "no priority over others"),
    ("RestrictNamespaces=yes", "no room of its own making"),
    ("LockPersonality=yes", "no other kernel interface"),
    ("MemoryDenyWriteExecute=yes", "no code that was not there at the start"),
    ("KeyringMode=private", "no keys of others"),
    ("SystemCallArchitectures=native", "only calls of this architecture,"),
    ("SystemCallFilter=@system-service", "that an ordinary service needs,"),
    ("SystemCallFilter=~@privileged @resources", "without the privileged ones"),
    ("SystemCallErrorNumber=EPERM", "and a refused call is an error, not a crash"),
    ("LimitCORE=0", "a core dump would hold secrets"),
    ("MemoryMax=512M", "far above what a run needs; a leak ends here"),
    ("TasksMax=64", "as for threads"),
    ("OOMPolicy=stop", "killed as a whole, and finished by the next run"),
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit file."""

    name: str
    text: str


def units(program: str = PROGRAM, *, instances: bool = False) -> list[Unit]:
    """Return the unit files; with `instances`, the template form, `pfjira-sync@NAME.service` for each company."""
    return list(_Writer(program, instances).all())


def sysusers() -> Unit:
    """Return the file that makes the account all units run as."""
    return Unit("pfjira.sysusers.conf", 'u pfjira - "Reconciles PeopleForce and Jira" /var/lib/pfjira\n')


def sudoers(program: str = PROGRAM) -> list[str]:
    """Return the lines that let members of the groups act as that account. Only viewers may not name any file."""
    looks = ", ".join(f"{program} {words}" for words in ("tui", "status", "doctor"))
    return [
        f"Defaults!{program} env_file=/etc/pfjira/environment",
        f"%pfjira-view ALL=(pfjira) NOPASSWD: {looks}",
        f"%pfjira-operate, %pfjira-admin ALL=(pfjira) NOPASSWD: {program}",
    ]


class _Writer:
    def __init__(self, program: str, instances: bool) -> None:
        self.program, self.at = program, "@" if instances else ""
        self.name = "%i" if instances else ""
        """How the instance is called inside the units."""
        self.folder = "pfjira/%i" if instances else "pfjira"
        self.whose = " of %i" if instances else ""

    def all(self) -> Iterator[Unit]:
        calls = ("alerts.slack", "alerts.telegram")
        api = ("peopleforce.api_key", "jira.api_token", *calls, "alerts.ping", "seq.api_key")
        again = (("SuccessExitStatus=1 75", "they differ, or another run is at it: the next one sees to it"),)
        limits = (
            ("TimeoutStartSec=35min", "a run ends itself after 30; what hangs is ended, and finished by the next run"),
            ("TimeoutStopSec=30", "ends in good order within 10 s; then it is killed"),
            ("KillMode=mixed", ""),
        )
        yield self._service("sync", "Reconcile PeopleForce and Jira", "sync --quiet", api, (*again, *limits))
        yield self._timer(
            "sync", "Reconcile PeopleForce and Jira every five minutes", "*:0/5", "60", "many hosts, not all at once"
        )
        yield self._service("sweep", "Reconcile everything", "sync --full --quiet --wait 900", api, (*again, *limits))
        yield self._timer("sweep", "Look at everything once a night", "*-*-* 02:30", "30min", "not with all backups")
        burst = (("ExecStartPost=/bin/sleep 1", "deliveries come in bursts; what came meanwhile is the next run's"),)
        yield self._service(
            "worker",
            "Reconcile what was delivered",
            "sync --pending --quiet --wait 240",
            api,
            (*burst, *again, *limits),
        )
        yield self._path()
        yield self._socket()
        yield self._receiver()
        yield self._service("backup", "Back up the state", "backup", (), limits, network=False)
        yield self._timer("backup", "Back up the state once a night", "*-*-* 01:15", "30min", "not with all backups")
        yield self._service("notify", "Tell that a unit failed", "alerts send --failed", calls, ())

    def _service(
        self, what: str, about: str, words: str, secrets: Iterable[str], more: Lines, *, network: bool = True
    ) -> Unit:
        unit = [(f"Description={about}{self.whose}", "")]
        if network:
            unit += [("After=network-online.target", "it calls two systems"), ("Wants=network-online.target", "")]
        if what != "notify":
            unit.append(self._told())
        if what == "worker":
            unit += [
                ("StartLimitIntervalSec=10", "one that cannot even begin is not begun for ever"),
                ("StartLimitBurst=10", ""),
            ]
        service = [
            ("Type=oneshot", "it does its work and ends"),
            (f"ExecStart={self.program} {words}", ""),
            *self._place(secrets),
            *more,
            *_SHUT,
            *_net(network),
        ]
        return self._unit(what, "service", ("Unit", unit), ("Service", service))

    def _told(self) -> tuple[str, str]:
        return f"OnFailure=pfjira-notify{self.at and f'@{self.name}'}.service", "a person learns of it"

    def _receiver(self) -> Unit:
        socket = f"pfjira-webhook{self.at and f'@{self.name}'}.socket"
        unit = [
            (f"Description=Take deliveries{self.whose}", ""),
            (f"Requires={socket}", "it opens no port itself"),
            (f"After={socket}", ""),
            self._told(),
        ]
        service = [
            ("Type=notify", "it says when it is ready"),
            ("NotifyAccess=main", ""),
            (
                f'ExecStart={self.program} webhook-serve --proxy ""',
                "it takes the socket that it is given, and the proxy's word for who asks: each has limits of its own",
            ),
            *self._place(("peopleforce.webhook_secret", "jira.webhook_secret")),
            ("WatchdogSec=30", "a receiver that hangs is begun again"),
            ("Restart=on-failure", ""),
            ("RestartSec=1", ""),
            ("TimeoutStopSec=30", "what was taken is stored first"),
            *_SHUT,
            ("PrivateNetwork=yes", "whoever breaks in finds no network, and no API credential"),
            ("IPAddressDeny=any", ""),
            ("RestrictAddressFamilies=AF_UNIX", "the socket it was given is open already"),
        ]
        return self._unit("webhook", "service", ("Unit", unit), ("Service", service))

    def _socket(self) -> Unit:
        about = f"Description=Where deliveries arrive{self.whose}"
        socket = [
            (f"ListenStream=/run/{self.folder}/webhook.sock", "the proxy in front speaks to it"),
            ("SocketMode=0660", "the proxy's group, and nobody else"),
            ("SocketGroup=www-data", "change it to your proxy's group"),
        ]
        return self._unit(
            "webhook", "socket", ("Unit", [(about, "")]), ("Socket", socket),
            ("Install", [("WantedBy=sockets.target", "")]),
        )  # fmt: skip

    def _path(self) -> Unit:
        path = [
            (
                f"PathExists=/var/lib/{self.folder}/state.db.pending",
                "left by the receiver after each commit, taken by the run; what is left during a run begins the next",
            ),
            ("TriggerLimitIntervalSec=2", "a storm of deliveries is a few runs"),
            ("TriggerLimitBurst=20", ""),
        ]
        return self._unit(
            "worker", "path", ("Unit", [(f"Description=Wait for deliveries{self.whose}", "")]), ("Path", path),
            ("Install", [("WantedBy=multi-user.target", "")]),
        )  # fmt: skip

    def _timer(self, what: str, about: str, when: str, spread: str, why: str) -> Unit:
        timer = [
            (f"OnCalendar={when}", ""),
            ("Persistent=yes", "a run that was slept through is made up for"),
            (f"RandomizedDelaySec={spread}", why),
        ]
        return self._unit(
            what, "timer", ("Unit", [(f"Description={about}{self.whose}", "")]), ("Timer", timer),
            ("Install", [("WantedBy=timers.target", "")]),
        )  # fmt: skip

    def _place(self, secrets: Iterable[str]) -> Iterator[tuple[str, str]]:
        yield "User=pfjira", "one account for all units and for an operator's `sudo -u pfjira`"
        yield f"StateDirectory={self.folder}", "the state file, made and kept private"
        yield "StateDirectoryMode=0700", ""
        yield f"LogsDirectory={self.folder}", "the log files"
        yield "LogsDirectoryMode=0700", ""
        yield f"ConfigurationDirectory={self.folder}", "rules.yaml"
        yield f"EnvironmentFile=/etc/{self.folder}/environment", "addresses and settings; no secret"
        for number, name in enumerate(secrets):
            yield (
                f"LoadCredential={name}:/etc/{self.folder}/credentials/{name}",
                "" if number else "read by systemd, shown to this unit only",
            )

    def _unit(self, what: str, kind: str, *sections: tuple[str, Iterable[tuple[str, str]]]) -> Unit:
        lines: list[str] = []
        for title, directives in sections:
            lines += ["", f"[{title}]"]
            for directive, reason in directives:
                lines += [f"# {reason}", directive] if reason else [directive]
        return Unit(f"pfjira-{what}{self.at}.{kind}", "\n".join(lines[1:]) + "\n")


def _net(network: bool) -> Lines:
    if network:
        return (("RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "HTTPS outwards, and the journal"),)
    return (
        ("PrivateNetwork=yes", "it calls nobody"),
        ("RestrictAddressFamilies=AF_UNIX", ""),
        ("IPAddressDeny=any", ""),
    )
