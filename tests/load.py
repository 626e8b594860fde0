"""A load of signed deliveries over many connections, and which of them were acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import uvloop
from receiving import employee_update, signed


@dataclass(slots=True)
class Outcome:
    """What a load came to."""

    acknowledged: list[int] = field(default_factory=list)
    """Ids in bodies that were answered 202."""
    refused: int = 0
    """Any other answer."""
    broken: int = 0
    """Connections that ended without one."""
    waits_s: list[float] = field(default_factory=list)
    """From the last byte sent to the answer."""
    elapsed_s: float = 0.0

    @property
    def per_second(self) -> float:
        """Acknowledged deliveries in a second."""
        return len(self.acknowledged) / self.elapsed_s if self.elapsed_s else 0.0

    def percentile_ms(self, percent: float) -> float:
        """Return the wait that so many percent did not exceed."""
        waits = sorted(self.waits_s)
        return 1000 * waits[min(len(waits) - 1, int(len(waits) * percent / 100))] if waits else 0.0


def request_of(number: int) -> bytes:
    """Return the bytes of one delivery, like none before; two kilobytes, as an employee's is."""
    body = employee_update(number, attributes={"text": "x" * 1900})
    lines = "".join(f"{name}: {value}\r\n" for name, value in signed("peopleforce", body).items())
    head = f"POST /hooks/peopleforce HTTP/1.1\r\nHost: x\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def load(
    port: int,
    *,
    seconds: float,
    connections: int = 64,
    rate: float = 0,
    first: int = 1,
    prepared: list[bytes] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Send for some seconds, as fast as it goes or so many a second; `prepared` saves signing meanwhile."""
    return uvloop.run(_load(port, seconds, connections, rate, first, prepared or [], stop))


async def _load(
    port: int,
    seconds: float,
    connections: int,
    rate: float,
    first: int,
    prepared: list[bytes],
    stop: Callable[[], bool],
) -> Outcome:
    outcome, loop = Outcome(), asyncio.get_running_loop()
    begun = loop.time()
    until = begun + seconds
    given = 0

    async def one() -> None:
        nonlocal given
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            outcome.broken += 1
            return
        try:
            while loop.time() < until and not stop():
                number, given = given, given + 1
                if rate:
                    await asyncio.sleep(max(0.0, begun + number / rate - loop.time()))
                writer.write(prepared[number] if number < len(prepared) else request_of(first + number))
                sent = loop.time()
                answer = await reader.readuntil(b"\r\n\r\n")
                outcome.waits_s.append(loop.time() - sent)
                if answer.startswith(b"HTTP/1.1 202"):
                    outcome.acknowledged.append(first + number)
                else:
                    outcome.refused += 1
        except (OSError, asyncio.IncompleteReadError):
            outcome.broken += 1
        finally:
            writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    outcome.elapsed_s = loop.time() - begun
    return outcome
