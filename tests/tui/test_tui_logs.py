"""Log files are followed as they grow, are renamed, compressed, emptied and removed: each line is seen exactly once."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from pfjira.log import Log
from pfjira.tui.logs import Follower, parsed


def test_no_line_is_lost_or_doubled_while_files_rotate(tmp_path: Path) -> None:
    """Two writers, half lines, renames, compression and removal between two looks, in sixty random orders."""
    for seed in range(60):
        dice = random.Random(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        follower, seen, written = Follower(folder), list[str](), list[str]()
        for step in range(40):
            path = folder / f"{dice.choice(('sync', 'serve'))}.jsonl"
            match dice.randrange(6):
                case 0 if path.exists():
                    path.rename(folder / f"{path.stem}.{step}.jsonl")
                case 1 if path.exists() and not path.read_bytes().endswith(b"}"):
                    old = folder / f"{path.stem}.{step}.gz"
                    seen += [line.text for line in follower.poll()]
                    written += append(path, step, dice)  # as late as can be: just before the file goes
                    old.write_bytes(gzip.compress(path.read_bytes()))
                    path.unlink()
                case 2:
                    seen += [line.text for line in follower.poll()]
                case _:
                    written += append(path, step, dice)
        seen += [line.text for line in follower.poll()]
        follower.close()
        assert sorted(written) == sorted(seen), seed


def append(path: Path, step: int, dice: random.Random) -> list[str]:
    """Write some lines, the last perhaps in two pieces, and return their messages."""
    found = []
    for number in range(dice.randrange(1, 4)):
        text = f"{path.stem}-{step}-{number}"
        line = json.dumps({"time": f"2030-01-07T08:00:{step:02}", "message": text}) + "\n"
        cut = dice.randrange(len(line))
        for piece in (line[:cut], line[cut:]):
            with path.open("a") as file:
                file.write(piece)
        found.append(text)
    return found


def test_what_was_written_before_is_read_from_its_end(tmp_path: Path) -> None:
    """Of old and large logs the newest whole lines are read; an emptied file is read from its beginning again."""
    path = tmp_path / "sync.jsonl"
    with path.open("w") as file:
        file.writelines(json.dumps({"time": f"{n:09}", "message": "x" * 990}) + "\n" for n in range(20_000))
    follower = Follower(tmp_path)

    first = follower.poll()

    assert ("000019999", True) == (first[-1].at, 7_000 < len(first) < 9_000)
    path.write_text('{"message": "anew"}\n')
    assert ["anew"] == [line.text for line in follower.poll()]
    follower.close()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b'{"time":"T","level":"warning","event":"e","message":"m","run":7,"ref":"r","fields":["a","b"]}',
         ("T", "WARNING", "e", "m run=7 ref=r fields=a,b", 2)),
        (b'{"text":"m","record":{"level":{"name":"ERROR"},"time":{"repr":"T"},"message":"m"}}',
         ("T", "ERROR", "", "m", 3)),
        (b'{"message":null,"extra":{"a":1}}', ("", "?", "", "", 3)),
        (b"[1]", ("", "?", "", "[1]", 3)),
        (b"no json \xff", ("", "?", "", "no json \ufffd", 3)),
    ],
)  # fmt: skip
def test_any_line_is_shown(line: bytes, shown: tuple[object, ...]) -> None:
    """Whole, poor, foreign or broken: something is seen, and what tells no level is never hidden."""
    found = parsed(line)

    assert shown == (found.at, found.level, found.event, found.text, found.rank)


def test_what_a_process_logs_is_what_is_shown(tmp_path: Path) -> None:
    """Our own log, followed as it is written: moment, level, event, sentence, and every fact."""
    log, follower = Log(tmp_path, "sync"), Follower(tmp_path)
    log.note("run.started", run=7)
    log.note("write.refused", action="create", ref="peopleforce/task/1", status=400)
    log.close()

    first, second = follower.poll()
    follower.close()

    assert ("INFO", "run.started", "run 7 started run=7") == (first.level, first.event, first.text)
    said = dict(second.parts)
    assert (2, "400", "create", "sync") == (second.rank, said["status"], said["action"], said["command"])
