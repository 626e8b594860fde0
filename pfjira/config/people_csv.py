"""A table of people and accounts, as HR or an admin exports it: CSV to rows, or to complaints with line and column.

It asks nobody and decides nothing about accounts. A complaint never holds a value: a cell may be somebody's address.
"""

from __future__ import annotations

import csv
import io
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from pfjira.engine.people import Complaint, StatedRow, Table
from pfjira.errors import ConfigError

LARGEST = 10 * 1024 * 1024
KEYS = ("id", "employee_number", "email")
ACCOUNTS = ("account_id", "jira_email")
HR_ID = re.compile(r"[1-9][0-9]{0,17}")
ACCOUNT_ID = re.compile(r"[0-9A-Za-z:._-]{1,128}")
_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")
_CELLS = {
    "id": (HR_ID, "an HR id is a number"),
    "employee_number": (re.compile(r"[^\x00-\x1f]{1,64}"), "an employee number has at most 64 characters"),
    "email": (_EMAIL, "this is no e-mail address"),
    "account_id": (ACCOUNT_ID, "this is no Atlassian account id"),
    "jira_email": (_EMAIL, "this is no e-mail address"),
}


def read_table(path: Path) -> Table:
    """Read a CSV file: UTF-8 with or without a mark, comma or semicolon. Raise ConfigError where there is no file."""
    text = _text(path)
    if isinstance(text, Complaint):
        return Table((), (text,))
    complaints: list[Complaint] = []
    names: list[str] = []
    rows = tuple(_rows(text, names, complaints))
    table = Table(rows, columns={name: place for place, name in enumerate(names, 1)})
    complaints += () if complaints else _clashes(table)
    return replace(table, complaints=tuple(sorted(complaints)))


def _text(path: Path) -> str | Complaint:
    try:
        # Without O_NONBLOCK a pipe that nobody writes to would hold the command for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigError(f"{path} is no ordinary file.", hint="Name a CSV file.")
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", hint="Name a CSV file that is there.") from error
    if len(content) > LARGEST:
        raise ConfigError(f"{path} is larger than {LARGEST // 1024**2} MB.", hint="Cut it into several files.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Complaint(line, 1, "this is not UTF-8 text; save the table as CSV UTF-8")
    if (place := text.find("\0")) >= 0:
        return Complaint(text.count("\n", 0, place) + 1, 1, "this is no text; save the table as CSV UTF-8")
    return text


def _rows(text: str, names: list[str], complaints: list[Complaint]) -> Iterator[StatedRow]:
    """Yield the rows that are well; add the header's names, and what is wrong, to the lists."""
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True
    )
    line = 1
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                pass
            elif not names:
                names += [cell.strip().casefold() for cell in cells]
                if wrong := list(_header(names, line)):
                    complaints += wrong
                    return
            elif len(cells) != len(names):
                complaints.append(Complaint(line, 1, f"{len(cells)} cells, but the header names {len(names)}"))
            else:
                row = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
                wrong = list(_wrong_cells(row, names, line))
                complaints += wrong
                if not wrong:
                    yield StatedRow(line, **{name: row.get(name) or None for name in (*KEYS, *ACCOUNTS)})
            line = reader.line_num + 1
    except csv.Error:
        complaints.append(Complaint(line, 1, "this line is not CSV: look at its quotation marks"))
        return
    if not names:
        complaints.append(Complaint(1, 1, "the table is empty"))


def _header(names: Sequence[str], line: int) -> Iterator[Complaint]:
    known = (*KEYS, *ACCOUNTS)
    for column, name in enumerate(names, 1):
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f", did you mean {near[0]!r}?" if near else ""
            yield Complaint(line, column, f"the header names no column that is known ({', '.join(known)}){hint}")
        elif name in names[: column - 1]:
            yield Complaint(line, column, f"the column {name} stands there twice")
    if not {*KEYS} & {*names}:
        yield Complaint(line, 1, f"the header needs one of {', '.join(KEYS)}")
    if not {*ACCOUNTS} & {*names}:
        yield Complaint(line, 1, f"the header needs one of {', '.join(ACCOUNTS)}")


def _wrong_cells(row: dict[str, str], names: Sequence[str], line: int) -> Iterator[Complaint]:
    for column, name in enumerate(names, 1):
        pattern, words = _CELLS[name]
        if row[name] and not pattern.fullmatch(row[name]):
            yield Complaint(line, column, words)
    if not any(row.get(name) for name in KEYS):
        yield Complaint(line, 1, f"the row says nobody: {' and '.join(n for n in KEYS if n in row)} is empty")


def _clashes(table: Table) -> Iterator[Complaint]:
    """Yield what stands in the table twice: a person, or an account for two people."""
    seen: dict[tuple[str, str], int] = {}
    for row in table.rows:
        cells = [(name, getattr(row, name)) for name in (*KEYS, *ACCOUNTS)]
        for name, cell in cells:
            if cell is None:
                continue
            before = seen.setdefault((name, cell.casefold() if name != "account_id" else cell), row.line)
            if before != row.line:
                words = f"line {before} has the same {name}; one person, one row, one account"
                yield Complaint(row.line, table.columns[name], words)
