"""The story of who asks: credential -> Caller, or why not.

A request without a credential is anybody's, unless nobody may be. One with a credential that does not hold is refused,
and never taken for anybody's.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import structlog

from supergraph.gateway.bounded_cache import BoundedCache
from supergraph.gateway.errors import Refusal
from supergraph.gateway.hooks import ApiKeyStore, Revocations, RevocationsUnavailableError
from supergraph.gateway.pipeline.identity.api_keys import ApiKeys
from supergraph.gateway.pipeline.identity.claims import SUBJECT_DELIMITER
from supergraph.gateway.pipeline.identity.credentials import API_KEY_SCHEME
from supergraph.gateway.pipeline.identity.refusals import (
    MISSING,
    OTHER_SCHEME,
    REVOKED,
    UNAVAILABLE,
    not_taken,
)
from supergraph.gateway.pipeline.identity.tokens import TrustedIssuer, check_token
from supergraph.gateway.pipeline.identity.watching import CallerWatch, End
from supergraph.spec import (
    API_KEY_PREFIX,
    ERRAND_SCHEME,
    NOBODY,
    Caller,
    ErrandVerifier,
    InvalidPrincipalError,
)

LONGEST_TOKEN: Final = 16 * 1024
_KNOWN_CREDENTIALS: Final = 10_000
_KNOWN_BYTES: Final = 16 * 1024 * 1024
_KNOWN_SECONDS: Final = 60.0

_TOO_LONG: Final = not_taken("the token is longer than any that is taken here")
_NO_TOKENS: Final = not_taken("tokens are not taken here")
_NO_KEYS: Final = not_taken("API keys are not taken here")
_OTHERS_SUBJECT: Final = not_taken("its issuer does not speak for this subject")
_log = structlog.stdlib.get_logger("dovetail.gateway")


class Identity:
    """Who sends requests, by tokens of `issuers` and by keys of `api_keys`.

    With `require`, requests without a credential are refused. `revocations` are asked before each request, and of those
    who have something open before each event and every `review_seconds`. Tokens that held are remembered, by their whole
    text, for up to a minute and never past their end; what a store says of a key, for `key_seconds`.
    With `errands`, subgraphs may ask on behalf of their callers.

    Raises ValueError where issuers could not be told apart, or where `require` would let nobody in.
    """

    __slots__ = ("_api_keys", "_errands", "_issuers", "_known", "_nobody", "_revocations", "_watch")

    def __init__(
        self,
        issuers: Iterable[TrustedIssuer] = (),
        *,
        api_keys: ApiKeyStore | None = None,
        revocations: Sequence[Revocations] = (),
        require: bool = False,
        key_seconds: float = 5.0,
        review_seconds: float = 2.0,
        errands: ErrandVerifier | None = None,
    ) -> None:
        self._issuers: dict[str, TrustedIssuer] = {}
        for issuer in issuers:
            if issuer.rules.issuer in self._issuers:
                raise ValueError(f"the issuer {issuer.rules.issuer} is there twice")
            self._issuers[issuer.rules.issuer] = issuer
        _refuse_shared_subjects(self._issuers.values())
        if require and not self._issuers and api_keys is None:
            raise ValueError(
                "nobody could ever be let in: say whose tokens to trust, or where API keys are kept"
            )
        self._api_keys = None if api_keys is None else ApiKeys(api_keys, cache_seconds=key_seconds)
        self._errands = errands
        self._revocations = tuple(revocations)
        self._nobody: Caller | Refusal = MISSING if require else NOBODY
        self._watch = CallerWatch(self._review, review_seconds)
        self._known: BoundedCache[bytes, tuple[Caller, float]] = BoundedCache(
            entries=_KNOWN_CREDENTIALS, weight=_KNOWN_BYTES
        )

    async def identify(self, credential: bytes | None) -> Caller | Refusal:
        """By the value of a request's header `authorization`, or of what stands for it; None where there is none."""
        if credential is None:
            return self._nobody
        known = self._known.get(credential)
        if known is not None and known[1] > time.time():
            caller = known[0]
        else:
            checked = await self._check(credential)
            if isinstance(checked, Refusal):
                return checked
            caller = checked
            if caller.until is not None and caller.api_key is None:
                ends = min(time.time() + _KNOWN_SECONDS, caller.until)
                self._known.put(credential, (caller, ends), weight=len(credential))
        if self._revocations:
            try:
                if self._is_revoked(caller):
                    return REVOKED
            except RevocationsUnavailableError as error:
                _log.warning("what was taken back is not known", reason=str(error))
                return UNAVAILABLE
        return caller

    def review(self, caller: Caller) -> Refusal | None:
        """Why a caller who was let in must go; None while they need not. At once, from memory."""
        try:
            return REVOKED if self._revocations and self._is_revoked(caller) else None
        except RevocationsUnavailableError:
            return None  # what was let in is not put out for that

    def watch(self, caller: Caller, end: End) -> Callable[[], None]:
        """Have `end` told, with the reason, once the caller must go; until the function that comes back is called."""
        if caller is NOBODY or not (self._revocations or caller.api_key):
            return _nothing
        return self._watch.watch(caller, end)

    def _is_revoked(self, caller: Caller) -> bool:
        if caller is NOBODY:
            return False
        for each in self._revocations:  # noqa: SIM110 - at each request and event: `any` costs twice as much
            if each.is_revoked(caller):
                return True
        return False

    async def _review(self, caller: Caller) -> Refusal | None:
        keys = self._api_keys if caller.api_key is not None else None
        if keys is not None and not await keys.still_holds(caller):
            return REVOKED
        return self.review(caller)

    async def _check(self, credential: bytes) -> Caller | Refusal:
        scheme, _, shown = credential.decode("latin-1").strip().partition(" ")
        scheme, shown = scheme.lower(), shown.strip()
        if scheme == ERRAND_SCHEME.lower() and self._errands is not None:
            return _on_an_errand(shown, self._errands)
        is_key = scheme == API_KEY_SCHEME.lower() or shown.startswith(API_KEY_PREFIX)
        if scheme not in {"bearer", API_KEY_SCHEME.lower()} or not shown:
            return OTHER_SCHEME
        if len(shown) > LONGEST_TOKEN:
            return _TOO_LONG
        if is_key:
            return _NO_KEYS if self._api_keys is None else await self._api_keys.check(shown)
        if not self._issuers:
            return _NO_TOKENS
        caller = await check_token(shown, self._issuers)
        if isinstance(caller, Caller) and self._is_of_another_issuer(caller):
            return _OTHERS_SUBJECT
        return caller

    def _is_of_another_issuer(self, caller: Caller) -> bool:
        """Whether an issuer without a prefix names a subject of one that has one."""
        subject = caller.principal.subject or ""
        return any(
            name != caller.issuer
            and issuer.rules.claims.subject_prefix is not None
            and subject.startswith(f"{issuer.rules.claims.subject_prefix}{SUBJECT_DELIMITER}")
            for name, issuer in self._issuers.items()
        )


def _on_an_errand(token: str, errands: ErrandVerifier) -> Caller | Refusal:
    """A subgraph, as who asked it. What is taken back from them is taken from it, too."""
    try:
        principal, signed_at = errands.verify(token)
    except InvalidPrincipalError as error:
        return not_taken(str(error))
    assert principal.errand is not None, "nothing else is lent"
    return Caller(principal, until=principal.errand.until, session=principal.session, issued_at=signed_at)


def _refuse_shared_subjects(issuers: Iterable[TrustedIssuer]) -> None:
    """Two issuers that name the same subject speak of two people, and subgraphs could not tell them apart."""
    taken: dict[str | None, str] = {}
    for issuer in issuers:
        prefix = issuer.rules.claims.subject_prefix
        if prefix in taken:
            raise ValueError(
                f"the issuers {taken[prefix]} and {issuer.rules.issuer} could name the same subject: give all but one "
                "a `subject_prefix` of its own"
            )
        taken[prefix] = issuer.rules.issuer


def _nothing() -> None:
    pass
