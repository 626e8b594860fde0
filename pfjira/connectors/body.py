"""Reading an answer's body within limits, compressed or not.

A few kilobytes of gzip can unpack to gigabytes. Nothing here ever holds more than the limit.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

LIMIT = 50 * 1024 * 1024
"""Bytes of one answer, unpacked."""
RATIO = 100
"""How many times larger than on the wire an answer may be, unpacked."""
RATIO_FREE = 1024 * 1024
"""Below this size the ratio is of no interest: small, repetitive pages do pack well."""


class BodyTooLarge(Exception):
    """The body crosses a limit, or cannot be unpacked."""


def read_body(chunks: Iterable[bytes], encoding: str) -> bytes:
    """Return the unpacked body. Raise BodyTooLarge past the limits, for a broken or an unknown encoding."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return _plain(chunks)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BodyTooLarge("a content encoding that was not asked for")
    return _unpacked(chunks)


def _plain(chunks: Iterable[bytes]) -> bytes:
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > LIMIT:
            raise BodyTooLarge(f"an answer of more than {LIMIT // 1048576} MB")
        parts.append(chunk)
    return b"".join(parts)


def _unpacked(chunks: Iterable[bytes]) -> bytes:
    decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, by its header
    parts: list[bytes] = []
    packed = size = 0
    try:
        for chunk in chunks:
            packed += len(chunk)
            while chunk:
                part = decoder.decompress(chunk, 65536)
                size += len(part)
                if size > LIMIT or (size > RATIO_FREE and size > RATIO * packed):
                    raise BodyTooLarge("an answer that unpacks beyond all measure")
                parts.append(part)
                chunk = decoder.unconsumed_tail
        parts.append(decoder.flush())
    except zlib.error as error:
        raise BodyTooLarge("an answer that cannot be unpacked") from error
    if packed and not decoder.eof:
        raise BodyTooLarge("an answer that was cut short")
    return b"".join(parts)
