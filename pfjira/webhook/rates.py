"""How much one address may ask for before it is told to come later, and how much may be held in memory."""

from __future__ import annotations

from collections import OrderedDict

MOST_ADDRESSES = 4096


class Buckets:
    """A token bucket for each address; the longest idle one is forgotten first."""

    def __init__(self, rate: float, burst: float) -> None:
        """Prepare: `rate` requests per second, `burst` at once; a rate of 0 lets everything pass."""
        self._rate, self._burst = rate, burst
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, now_s: float) -> bool:
        """Take a token; return whether there was one."""
        if not self._rate:
            return True
        tokens, since = self._held.pop(address, (self._burst, now_s))
        tokens = min(self._burst, tokens + max(0.0, now_s - since) * self._rate)
        allowed = tokens >= 1
        self._held[address] = (tokens - 1 if allowed else tokens, now_s)
        if len(self._held) > MOST_ADDRESSES:
            self._held.popitem(last=False)
        return allowed

    def give_back(self, address: str) -> None:
        """Give a token back: whoever signs may send as much as he likes."""
        if address in self._held:
            tokens, since = self._held[address]
            self._held[address] = (min(self._burst, tokens + 1), since)
