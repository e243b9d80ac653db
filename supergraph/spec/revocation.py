"""What was taken back before its time: sessions, and all that a subject was given until some moment."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Final, TypeVar

from supergraph.spec.caller import Caller

_DAY: Final = 86_400.0
_ENTRIES: Final = 100_000

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Revocation:
    """What was taken back: a session, or all that a subject was given `until` then, in `tenant` or with None in any.

    With neither session nor subject, all tokens that anybody was given until then. `until` is in seconds since the epoch;
    of a session it is the moment of its end.
    """

    until: float
    session: str | None = None
    subject: str | None = None
    tenant: str | None = None


class RevocationList:
    """Revocations of this process, kept in memory for `keep_seconds`: the longest that any token lives.

    Whoever ends sessions or changes roles says so here, from any thread, and the gateway asks before each request and
    each event. Of sessions and of subjects `entries` are kept each: where there are more, the oldest half is forgotten, and
    instead every token from before then is refused, whoever has it. So it takes no more memory than that, and forgets
    nobody.
    """

    __slots__ = (
        "_clock",
        "_entries",
        "_everybody",
        "_hearers",
        "_keep_seconds",
        "_lock",
        "_sessions",
        "_subjects",
    )

    def __init__(
        self,
        *,
        keep_seconds: float = _DAY,
        entries: int = _ENTRIES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keep_seconds = keep_seconds
        self._entries = entries
        self._clock = clock
        self._lock = threading.Lock()
        self._hearers: list[Callable[[Revocation], None]] = []
        # Each by the moment of its revocation, in the order in which they were told.
        self._sessions: dict[str, float] = {}
        self._subjects: dict[tuple[str, str | None], float] = {}
        self._everybody = -math.inf

    def __len__(self) -> int:
        return len(self._sessions) + len(self._subjects)

    def revoke_session(self, session: str) -> None:
        """No token of the session holds any more."""
        self.revoke(Revocation(self._clock(), session=session))

    def revoke_subject(self, subject: str, tenant: str | None = None, *, until: float | None = None) -> None:
        """No token that the subject has had until then holds any more: in that tenant, or with None in any.

        `until` is in seconds since the epoch, and now where it isn't said; an earlier one than is known changes nothing.
        For roles that changed and passwords that were reset. Tokens tell their time in whole seconds, and what is of the
        same second counts as given before.
        """
        self.revoke(Revocation(self._clock() if until is None else until, subject=subject, tenant=tenant))

    def revoke(self, revocation: Revocation) -> None:
        """Whatever it is that is taken back. Those who hear of this list are told what was not known before."""
        with self._lock:
            if revocation.session is not None:
                is_new = revocation.session not in self._sessions
                self._note(self._sessions, revocation.session, revocation.until)
            elif revocation.subject is not None:
                key = revocation.subject, revocation.tenant
                is_new = revocation.until > self._subjects.get(key, -math.inf)
                self._note(self._subjects, key, revocation.until)
            else:
                is_new = revocation.until > self._everybody
                self._everybody = max(self._everybody, revocation.until)
            hearers = tuple(self._hearers) if is_new else ()
        for hear in hearers:
            hear(revocation)

    def tell(self, hear: Callable[[Revocation], None]) -> None:
        """From now on `hear` is called with what is taken back, in the thread that says so. It must not wait."""
        with self._lock:
            self._hearers.append(hear)

    def is_revoked(self, caller: Caller) -> bool:
        """Whether what the caller showed was taken back. A token without a time counts as one of before."""
        if self._sessions and caller.session in self._sessions:
            return True
        subject = caller.principal.subject
        given = -math.inf if caller.issued_at is None else caller.issued_at
        # Keys have neither session nor time: where they are kept it is said which of them hold.
        if given <= self._everybody and caller.api_key is None and self._everybody != -math.inf:
            return subject is not None
        if subject is None or not self._subjects:
            return False
        here = self._subjects.get((subject, caller.principal.tenant))
        anywhere = self._subjects.get((subject, None))
        return (here is not None and given <= here) or (anywhere is not None and given <= anywhere)

    def _note(self, revoked: dict[_Key, float], key: _Key, until: float) -> None:
        self._forget_old(revoked)
        known = revoked.pop(key, until)
        revoked[key] = max(until, known)
        if len(revoked) > self._entries:
            for oldest in tuple(revoked)[: len(revoked) // 2]:
                self._everybody = max(self._everybody, revoked.pop(oldest))

    def _forget_old(self, revoked: dict[_Key, float]) -> None:
        oldest = self._clock() - self._keep_seconds
        if self._everybody < oldest:
            self._everybody = -math.inf
        old = list(takewhile(lambda key: revoked[key] < oldest, revoked))
        for key in old:
            del revoked[key]
