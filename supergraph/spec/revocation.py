"""What was taken back before its time: sessions, and all that a subject was given until some moment."""

import math
import time
from collections.abc import Callable
from typing import Final, TypeVar

from supergraph.spec.caller import Caller

_DAY: Final = 86_400.0

_Key = TypeVar("_Key")


class RevocationList:
    """Revocations of this process, kept in memory for `keep_seconds`: the longest that any token lives.

    Whoever ends sessions or changes roles says so here, from any thread, and the gateway asks before each request and
    each event.
    """

    __slots__ = ("_clock", "_keep_seconds", "_sessions", "_subjects")

    def __init__(self, *, keep_seconds: float = _DAY, clock: Callable[[], float] = time.time) -> None:
        self._keep_seconds = keep_seconds
        self._clock = clock
        # Each by the moment of its revocation, in the order of these moments.
        self._sessions: dict[str, float] = {}
        self._subjects: dict[tuple[str, str | None], float] = {}

    def __len__(self) -> int:
        return len(self._sessions) + len(self._subjects)

    def revoke_session(self, session: str) -> None:
        """No token of the session holds any more."""
        self._forget_old(self._sessions)
        self._sessions.pop(session, None)
        self._sessions[session] = self._clock()

    def revoke_subject(self, subject: str, tenant: str | None = None) -> None:
        """No token that the subject has had until now holds any more: in that tenant, or with None in any.

        For roles that changed and passwords that were reset. Tokens tell their time in whole seconds, and what is of the
        same second counts as given before.
        """
        self._forget_old(self._subjects)
        self._subjects.pop((subject, tenant), None)
        self._subjects[subject, tenant] = self._clock()

    def is_revoked(self, caller: Caller) -> bool:
        """Whether what the caller showed was taken back. A token without a time counts as one of before."""
        if self._sessions and caller.session in self._sessions:
            return True
        subject = caller.principal.subject
        if subject is None or not self._subjects:
            return False
        given = -math.inf if caller.issued_at is None else caller.issued_at
        here = self._subjects.get((subject, caller.principal.tenant))
        anywhere = self._subjects.get((subject, None))
        return (here is not None and given <= here) or (anywhere is not None and given <= anywhere)

    def _forget_old(self, revoked: dict[_Key, float]) -> None:
        oldest = self._clock() - self._keep_seconds
        for key, at in tuple(revoked.items()):
            if at >= oldest:
                break
            revoked.pop(key, None)
