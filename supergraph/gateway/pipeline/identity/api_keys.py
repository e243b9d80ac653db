"""API key -> who asks: looked up by its public id, known again by the hash of its secret."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from supergraph.gateway.bounded_cache import BoundedCache
from supergraph.gateway.errors import Refusal
from supergraph.gateway.hooks import ApiKeyStore
from supergraph.gateway.pipeline.identity.refusals import EXPIRED, UNAVAILABLE, not_taken
from supergraph.spec import ApiKeysUnavailableError, Caller, Principal, StoredApiKey, read_api_key

_LOOK_UP_SECONDS: Final = 2.0
_LOOK_UPS_AT_ONCE: Final = 16
_REMEMBERED: Final = 10_000
_UNKNOWN_REMEMBERED: Final = 1_000

_UNKNOWN: Final = not_taken("the API key is not known")
_log = structlog.stdlib.get_logger("dovetail.gateway")


class ApiKeys:
    """Keys of a store, each remembered for `cache_seconds`: a key that is revoked holds no longer than that.

    Ids that nobody has are remembered too, apart from the others, so that a flood of them pushes no good key out. A
    store that does not answer within two seconds is away, and no key is taken on its old word.
    """

    __slots__ = ("_cache_seconds", "_clock", "_known", "_looking", "_places", "_store", "_unknown")

    def __init__(
        self, store: ApiKeyStore, *, cache_seconds: float = 5.0, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._known: BoundedCache[str, _Known] = BoundedCache(entries=_REMEMBERED, weight=_REMEMBERED)
        self._unknown: BoundedCache[str, float] = BoundedCache(
            entries=_UNKNOWN_REMEMBERED, weight=_UNKNOWN_REMEMBERED
        )
        self._looking: dict[str, asyncio.Task[_Known | None]] = {}
        self._places = asyncio.Semaphore(_LOOK_UPS_AT_ONCE)

    async def check(self, text: str) -> Caller | Refusal:
        """Who shows the key. One answer for an unknown id and a wrong secret: which ids there are is nobody's business."""
        key = read_api_key(text)
        if key is None:
            return not_taken("the API key cannot be read")
        try:
            known = await self._find(key.id)
        except ApiKeysUnavailableError as error:
            _log.warning("an API key cannot be checked", key=key.id, reason=str(error))
            return UNAVAILABLE
        if known is None or not known.stored.matches(key):
            return _UNKNOWN
        if known.stored.expires is not None and known.stored.expires <= self._clock():
            return EXPIRED
        if not known.is_used:
            known.is_used = True
            self._store.api_key_used(key.id)
        return known.caller

    async def still_holds(self, caller: Caller) -> bool:
        """Whether the key that somebody showed a while ago still says the same of them.

        True while the store is away: what was let in is not put out for that.
        """
        assert caller.api_key is not None, "asked of those who showed a key"
        try:
            known = await self._find(caller.api_key)
        except ApiKeysUnavailableError:
            return True
        return known is not None and known.caller == caller

    async def _find(self, key_id: str) -> "_Known | None":
        """Raises ApiKeysUnavailableError."""
        now = self._clock()
        known = self._known.get(key_id)
        if known is not None and known.until > now:
            return known
        if (self._unknown.get(key_id) or 0) > now:
            return None
        looking = self._looking.get(key_id)
        if looking is None:
            looking = self._looking[key_id] = asyncio.create_task(self._look_up(key_id))
            looking.add_done_callback(lambda _: self._looking.pop(key_id, None))
        # Waited for and not awaited: a client that leaves must not end what others wait for.
        await asyncio.wait((looking,))
        return looking.result()

    async def _look_up(self, key_id: str) -> "_Known | None":
        try:
            async with asyncio.timeout(_LOOK_UP_SECONDS), self._places:
                stored = await self._store.find_api_key(key_id)
        except ApiKeysUnavailableError:
            raise
        except TimeoutError as error:
            raise ApiKeysUnavailableError(f"no answer within {_LOOK_UP_SECONDS:g} s") from error
        except Exception as error:
            _log.exception("a store of API keys met a fault of its own")
            raise ApiKeysUnavailableError(repr(error)) from error
        until = self._clock() + self._cache_seconds
        if stored is None or stored.id != key_id:
            self._unknown.put(key_id, until)
            return None
        known = _Known(stored, _caller(stored), until)
        self._known.put(key_id, known)
        return known


def _caller(stored: StoredApiKey) -> Caller:
    principal = Principal(stored.subject, stored.tenant, stored.scopes)
    return Caller(principal, until=stored.expires, api_key=stored.id, client=stored.name or stored.id)


@dataclass(slots=True)
class _Known:
    """What the store said, until when that is believed, and whether it was told since that the key is in use."""

    stored: StoredApiKey
    caller: Caller
    until: float
    is_used: bool = False
