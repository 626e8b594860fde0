"""Whether a login still holds, known to all threads that use it.

A token that was revoked is answered 401 by everything, and a client that goes on asking looks like an attack. But a
scoped token that lacks one scope gets 401 as well, for that alone. So after a 401 one further request may tell which
it is: nothing leaves beside it, and when it is refused too, nothing leaves any more.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pfjira.errors import ConnectorError, Forbidden, OutcomeUnknown, Unauthorized, Unavailable


class Login:
    """Shared by everything that asks one system with one login."""

    def __init__(self) -> None:
        """Trust the login."""
        self._alone = threading.Lock()
        self._refusal: tuple[str, str, str] | None = None
        """Message, hint and system of the refusal that made us doubt."""
        self._closed = False

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Send and judge one request inside the block. Raise Unauthorized where none may leave any more."""
        if self._refusal is None:
            try:
                yield
            except Forbidden:
                raise
            except Unauthorized as error:
                self._refusal = str(error), error.hint, error.system
                raise
            return
        with self._alone:
            if self._closed:
                message, hint, system = self._refusal
                raise Unauthorized(message, hint=hint, system=system)
            yield from self._probe()

    def _probe(self) -> Iterator[None]:
        try:
            yield
        except Forbidden:
            self._refusal = None
            raise
        except Unauthorized as error:
            # While this one was under way another may have been let through: the refusal is said again in any case.
            self._refusal, self._closed = (str(error), error.hint, error.system), True
            raise
        except (Unavailable, OutcomeUnknown):
            raise  # no word about the login
        except ConnectorError:
            self._refusal = None
            raise
        self._refusal = None
