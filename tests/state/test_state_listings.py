"""Lists of the state: counted, narrowed by words, read in windows; and the figures for whoever looks on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pfjira.state import audit, figures, listings, runs
from pfjira.state.store import Store

NOW = datetime(2030, 1, 7, 8, 30, tzinfo=UTC)


def test_windows_join_to_the_whole_list() -> None:
    """Every list can be asked; the windows of one, laid end to end, are all of it, once."""
    with Store.memory() as store:
        with store.write():
            for number in range(57):
                audit.append(store, f"user{number % 3}", "link", f"9{number:03} 100%_!", NOW)
        everything = [name for name in vars(listings) if name.isupper() and not name.startswith("_")]
        assert 0 == sum(listings.count(store, getattr(listings, n)) for n in everything if n != "AUDIT")
        pages = [listings.window(store, listings.AUDIT, "", first, 10, 57) for first in range(0, 60, 10)]
        assert list(range(57, 0, -1)) == [row[0] for page in pages for row in page]


def test_a_search_takes_words_to_the_letter() -> None:
    """Each word must be somewhere; what SQL reads as a pattern is none."""
    with Store.memory() as store:
        with store.write():
            audit.append(store, "ann", "link", "100%_! O'Hara", NOW)
            audit.append(store, "bob", "link", "1000 Oxford", NOW)
        words = ("link", "100", "100%_!", "ANN hara", "ann bob", "'")
        found = {text: listings.count(store, listings.AUDIT, text) for text in words}

        assert {"link": 2, "100": 2, "100%_!": 1, "ANN hara": 1, "ann bob": 0, "'": 1} == found


def test_progress_and_figures_are_those_of_the_newest_run() -> None:
    """What is settled of what was planned, until the run ends; writes by the hour; refusals by their reason."""
    with Store.memory() as store:
        number = runs.start(store, full=False, now=NOW)
        with store.write():
            for place, (state, hours) in enumerate((("done", 0), ("done", 1), ("dead", 0), ("intent", 0))):
                at = (NOW - timedelta(hours=hours)).isoformat()
                store.run(
                    "INSERT INTO outbox (run, op, action, counts_as, rule, key, kind, id, project, state, planned_at, "
                    "settled_at) VALUES (?, ?, 'create', 'create', 'r', ?, 'task', ?, 'P', ?, ?, ?)",
                    (number, *[str(place)] * 3, state, at, None if state == "intent" else at),
                )
        found = figures.underway(store)
        assert found is not None
        assert (number, 3, 4) == (found.run, found.settled, found.planned)
        assert {"2030-01-07T08": 1, "2030-01-07T07": 1} == figures.hourly(store, NOW - timedelta(hours=24))
        assert [("create", "dead", 1), ("create", "done", 2), ("create", "intent", 1)] == figures.writes_of(store, 1)
        runs.finish(store, number, exit_code=0, counts={}, error="", now=NOW)
        assert None is figures.underway(store)
