"""The tables, as named, append-only migrations. A migration that has landed is never edited.

No table holds a person's values: fingerprints, ids, field names and counts only. The one exception is `deliveries`,
which must keep what cannot be read again, and only until it was worked off.
"""

from __future__ import annotations

from typing import Any

MIGRATIONS: tuple[tuple[str, str], ...] = (
    (
        "0001_main_job",
        """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE snapshots (
            kind TEXT NOT NULL, id TEXT NOT NULL,
            fingerprint TEXT NOT NULL,      -- of the fields that the rules read
            rules TEXT NOT NULL,            -- hash of the rules that were in force
            day TEXT NOT NULL,              -- local date when the rules look at today, else ''
            section TEXT NOT NULL,          -- the listing that showed it: open, completed
            waiting TEXT NOT NULL DEFAULT '',   -- HR ids of people who could not be matched, comma separated
            missing_since TEXT,             -- start of the first complete sweep that did not show it
            PRIMARY KEY (kind, id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE links (
            rule TEXT NOT NULL, key TEXT NOT NULL,
            kind TEXT NOT NULL, id TEXT NOT NULL,       -- the HR record
            issue_id TEXT NOT NULL UNIQUE, issue_key TEXT NOT NULL,
            op TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('live', 'closed', 'cancelled', 'gone')),
            generation INTEGER NOT NULL DEFAULT 0,
            base TEXT NOT NULL DEFAULT '{}',            -- field to [ours, theirs, refused] fingerprints
            completed INTEGER,                          -- last agreement on completion
            issue_updated TEXT,                         -- Jira's `updated` when it was last settled
            PRIMARY KEY (rule, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX links_record ON links (kind, id);

        CREATE TABLE outbox (
            number INTEGER PRIMARY KEY,
            run INTEGER NOT NULL,
            op TEXT NOT NULL, action TEXT NOT NULL, counts_as TEXT NOT NULL,
            rule TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
            project TEXT NOT NULL, issue_id TEXT,
            fields TEXT NOT NULL DEFAULT '',            -- names only
            state TEXT NOT NULL CHECK (state IN ('intent', 'leased', 'unknown', 'parked', 'done', 'dead', 'dropped')),
            approved INTEGER NOT NULL DEFAULT 0,        -- a person, or the first run, stood behind it
            sent_at TEXT,                               -- by the remote system's clock
            highest_key INTEGER,                        -- newest key known before a creation was sent
            searched_at TEXT,                           -- first look-up that found nothing, by the remote clock
            made_as TEXT NOT NULL DEFAULT '',           -- ids that an answer named, though none could be read back
            planned_at TEXT NOT NULL, settled_at TEXT
        ) STRICT;
        CREATE INDEX outbox_open ON outbox (state) WHERE state IN ('intent', 'leased', 'unknown', 'parked');
        CREATE INDEX outbox_recent ON outbox (settled_at, counts_as) WHERE state = 'done';

        CREATE TABLE dead_letters (
            rule TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, action TEXT NOT NULL,
            reason TEXT NOT NULL, status INTEGER NOT NULL,
            fingerprint TEXT NOT NULL, rules TEXT NOT NULL,     -- of the record when it failed: same again is not tried
            first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 1,
            PRIMARY KEY (kind, id, rule, action)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE people (
            hr_id TEXT PRIMARY KEY, account_id TEXT,
            state TEXT NOT NULL CHECK (state IN ('linked', 'review')),
            matched_by TEXT NOT NULL DEFAULT '', doubt TEXT NOT NULL DEFAULT '',
            email TEXT NOT NULL DEFAULT '',     -- fingerprint of the address that was looked up
            checked_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE assignable (
            project TEXT NOT NULL, account_id TEXT NOT NULL, allowed INTEGER NOT NULL, checked_at TEXT NOT NULL,
            PRIMARY KEY (project, account_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE conflicts (
            rule TEXT NOT NULL, key TEXT NOT NULL, field TEXT NOT NULL,
            kind TEXT NOT NULL, id TEXT NOT NULL, issue_key TEXT NOT NULL, first_seen TEXT NOT NULL,
            PRIMARY KEY (rule, key, field)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE runs (
            number INTEGER PRIMARY KEY,
            started_at TEXT NOT NULL, ended_at TEXT,
            full INTEGER NOT NULL, exit_code INTEGER,
            counts TEXT NOT NULL DEFAULT '{}', error TEXT NOT NULL DEFAULT ''
        ) STRICT;

        CREATE TABLE cursors (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE rules (
            hash TEXT PRIMARY KEY, file TEXT NOT NULL, first_used_at TEXT NOT NULL, last_used_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE audit (
            number INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, act TEXT NOT NULL, subject TEXT NOT NULL
        ) STRICT;
        """,
    ),
    (
        "0002_people",
        """
        -- who stood behind the pair
        ALTER TABLE people ADD COLUMN linked_by TEXT NOT NULL DEFAULT '';
        -- when pair or doubt came up
        ALTER TABLE people ADD COLUMN since TEXT NOT NULL DEFAULT '';
        -- HR ids that the doubt speaks of, and accountIds to look at first
        ALTER TABLE people ADD COLUMN others TEXT NOT NULL DEFAULT '';
        ALTER TABLE people ADD COLUMN suggested TEXT NOT NULL DEFAULT '';
        -- fingerprint of the employee number
        ALTER TABLE people ADD COLUMN number TEXT NOT NULL DEFAULT '';

        CREATE TABLE people_stated (
            word TEXT NOT NULL CHECK (word IN ('employee_number', 'email')),
            print TEXT NOT NULL,                -- fingerprint of the number or the address
            account_id TEXT NOT NULL, stated_by TEXT NOT NULL, stated_at TEXT NOT NULL,
            PRIMARY KEY (word, print)
        ) STRICT, WITHOUT ROWID;
        """,
    ),
    (
        "0003_rule_versions",
        """
        CREATE TABLE rule_versions (
            hash TEXT PRIMARY KEY,              -- of the text of the file, comments and all
            rules TEXT NOT NULL,                -- hash of what the rules do
            file TEXT NOT NULL, text TEXT NOT NULL,
            first_used_at TEXT NOT NULL, last_used_at TEXT NOT NULL,
            activated INTEGER NOT NULL,         -- counts activations: the order in which versions came into force
            activated_at TEXT NOT NULL, activated_by TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE rules_in_force (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            hash TEXT NOT NULL REFERENCES rule_versions (hash),
            aside TEXT NOT NULL DEFAULT '',     -- hash of the file that a rollback sets aside until it changes
            aside_by TEXT NOT NULL DEFAULT '', aside_at TEXT NOT NULL DEFAULT '',
            complaint TEXT NOT NULL DEFAULT '', -- why the newest file is not in force
            asked TEXT NOT NULL DEFAULT ''      -- the rules about which the site was asked last
        ) STRICT;

        CREATE TABLE rule_overrides (
            rule TEXT NOT NULL,
            source TEXT NOT NULL CHECK (source IN ('operator', 'site')),
            who TEXT NOT NULL, why TEXT NOT NULL, at TEXT NOT NULL,
            PRIMARY KEY (rule, source)
        ) STRICT, WITHOUT ROWID;
        """,
    ),
    (
        "0004_whole_language",
        """
        -- links.person: HR id of whom the issue is about. snapshots.listed: fingerprint of what the listing showed.
        ALTER TABLE links ADD COLUMN person TEXT;
        CREATE INDEX links_person ON links (person);
        ALTER TABLE snapshots ADD COLUMN listed TEXT NOT NULL DEFAULT '';
        -- outbox.target: what a deed is done to, ids only. outbox.trace: fingerprint of a service request's summary.
        ALTER TABLE outbox ADD COLUMN target TEXT NOT NULL DEFAULT '';
        ALTER TABLE outbox ADD COLUMN trace TEXT NOT NULL DEFAULT '';

        CREATE TABLE deeds (
            rule TEXT NOT NULL, key TEXT NOT NULL, target TEXT NOT NULL,    -- issue id, group/account, or ''
            kind TEXT NOT NULL, id TEXT NOT NULL, op TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('done', 'removed')),
            settled_at TEXT NOT NULL,
            PRIMARY KEY (rule, key, target)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX deeds_record ON deeds (kind, id);

        CREATE TABLE episodes (
            hr_id TEXT PRIMARY KEY, episode INTEGER NOT NULL,
            hired TEXT NOT NULL,            -- fingerprint of the first day
            ended INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE candidates (
            id TEXT PRIMARY KEY, email TEXT NOT NULL,       -- fingerprint of the address
            employee TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX candidates_email ON candidates (email);

        CREATE TABLE deliveries (
            source TEXT NOT NULL, id TEXT NOT NULL,
            fields TEXT NOT NULL,           -- what the source declares, until it was worked off; then ''
            received_at TEXT NOT NULL, settled_at TEXT,
            PRIMARY KEY (source, id)
        ) STRICT, WITHOUT ROWID;
        """,
    ),
    (
        "0005_fuses",
        """
        CREATE TABLE alerts (
            cause TEXT NOT NULL, subject TEXT NOT NULL,
            day TEXT NOT NULL,              -- in the rules' time zone: one alert per cause and day
            sentence TEXT NOT NULL,         -- without values
            full INTEGER NOT NULL,          -- a whole sweep found it, and only another can tell that it is over
            first_at TEXT NOT NULL, last_at TEXT NOT NULL, times INTEGER NOT NULL,
            told_at TEXT, over_at TEXT, over_told_at TEXT,
            PRIMARY KEY (cause, subject, day)
        ) STRICT, WITHOUT ROWID;
        """,
    ),
    (
        "0006_audit",
        """
        ALTER TABLE audit ADD COLUMN print TEXT NOT NULL DEFAULT '';
        ALTER TABLE audit ADD COLUMN seal TEXT NOT NULL DEFAULT '';
        CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'an act is never removed'); END;
        CREATE TRIGGER audit_as_written BEFORE UPDATE ON audit WHEN NEW.subject <> '(forgotten)'
            OR (NEW.number, NEW.at, NEW.who, NEW.act, NEW.print, NEW.seal)
                IS NOT (OLD.number, OLD.at, OLD.who, OLD.act, OLD.print, OLD.seal)
            BEGIN SELECT RAISE(ABORT, 'an act is never changed'); END;
        """,
    ),
    (
        "0007_samples",
        """
        CREATE TABLE samples (
            at TEXT NOT NULL, command TEXT NOT NULL,
            cpu_s REAL, memory_mb REAL, load REAL, free_memory_mb REAL, free_disk_mb REAL, temperature_c REAL,
            elapsed_s REAL, writes REAL, open REAL,
            PRIMARY KEY (at, command)
        ) STRICT, WITHOUT ROWID;
        """,
    ),
    (
        "0008_letters",
        """
        -- dead_letters: numbered, one per record and cause, and kept a while after they were cleared.
        ALTER TABLE dead_letters RENAME TO dead_letters_0001;
        CREATE TABLE dead_letters (
            number INTEGER PRIMARY KEY AUTOINCREMENT,           -- shown, and never given twice
            rule TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, action TEXT NOT NULL,
            status INTEGER NOT NULL, field TEXT NOT NULL,       -- what was answered, and about which field, else ''
            reason TEXT NOT NULL,
            fingerprint TEXT NOT NULL, rules TEXT NOT NULL,     -- of the record when it failed: same again is not tried
            first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 1,
            cleared_at TEXT, why TEXT NOT NULL DEFAULT ''       -- why it was cleared
        ) STRICT;
        INSERT INTO dead_letters
            (rule, kind, id, action, status, field, reason, fingerprint, rules, first_seen, last_seen, attempts)
            SELECT rule, kind, id, action, status, '', reason, fingerprint, rules, first_seen, last_seen, attempts
            FROM dead_letters_0001 ORDER BY first_seen, kind, id;
        DROP TABLE dead_letters_0001;
        CREATE UNIQUE INDEX dead_letters_open ON dead_letters (kind, id, rule, action, status, field)
            WHERE cleared_at IS NULL;
        -- links.again: a person wants the issue, which is gone, to be made once more.
        ALTER TABLE links ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
        """,
    ),
    (
        "0009_adoption",
        """
        CREATE TABLE doubles (
            issue_id TEXT PRIMARY KEY, issue_key TEXT NOT NULL,
            op TEXT NOT NULL, kept TEXT NOT NULL,       -- the mark, and the key of the issue that is followed
            stage TEXT NOT NULL CHECK (stage IN ('open', 'refused', 'orphan', 'labelled', 'closed', 'released')),
            reason TEXT NOT NULL DEFAULT ''
        ) STRICT, WITHOUT ROWID;
        """,
    ),
    (
        "0010_inbox",
        """
        CREATE TABLE inbox (
            number INTEGER PRIMARY KEY,
            hook TEXT NOT NULL,                 -- the system that sent it
            identifier TEXT NOT NULL,           -- what its repetitions have in common
            topic TEXT NOT NULL, digest TEXT NOT NULL,      -- keyed fingerprint of the body
            refs TEXT NOT NULL,                 -- KIND/ID of what to look at, blanks between
            sweep TEXT NOT NULL DEFAULT '',     -- a kind to read wholly, since the body named no record
            received_at TEXT NOT NULL, settled_at TEXT,
            state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'ignored')),
            UNIQUE (hook, identifier)
        ) STRICT;
        CREATE INDEX inbox_pending ON inbox (number) WHERE state = 'pending';
        """,
    ),
    (
        "0011_kind_of_run",
        """
        -- runs.kind: sweep, moved, webhook, only, replay.
        ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT '';
        UPDATE runs SET kind = iif(full, 'sweep', 'moved');
        """,
    ),
)


def migrations() -> Any:
    """Return the migrations as sqlite-utils applies them: each once, in a transaction, in this order."""
    from sqlite_utils import Migrations

    found = Migrations("pfjira")
    for name, sql in MIGRATIONS:

        def apply(database: Any, sql: str = sql) -> None:
            for statement in sql.split(";\n"):
                if statement.strip():
                    database.execute(statement)

        apply.__name__ = name
        found(name=name)(apply)
    return found
