"""Another document takes the place of the present one: built and warmed aside, swapped in whole, or refused.

Requests end on the snapshot that they began with. When the last one has, what the present snapshot does not need is closed and
freed. Whatever is wrong with a document, the good one stays.
"""

import asyncio
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

import structlog
from graphql import GraphQLSchema

from supergraph.gateway.hooks import (
    SubgraphClient,
    SupergraphDocument,
    SupergraphSource,
    SupergraphUnavailableError,
)
from supergraph.gateway.open_streams import OpenStreams
from supergraph.gateway.snapshot import Snapshot, take_apart
from supergraph.gateway.sources import LastGood
from supergraph.gateway.warming import Asked

_log = structlog.stdlib.get_logger("dovetail.gateway")

_Result = TypeVar("_Result")

_SWITCH_SECONDS: Final = 0.0005
_RETRY_SECONDS: Final = 5.0


class RefusedDocumentError(Exception):
    """A document that is not to be served. The message is one line that says why."""


class UnfitDocumentError(RefusedDocumentError):
    """A good document that this gateway, as it is configured, must not or cannot serve."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document and what was built from it. `from_last_good`: the source was of no use, so it came from the disk."""

    document: SupergraphDocument
    snapshot: Snapshot
    from_last_good: bool = False


Build = Callable[[SupergraphDocument, Sequence[Asked]], Snapshot]
"""A document to a snapshot with the operations that are asked most made ready. Raises RefusedDocumentError."""


def load_first(source: SupergraphSource, build: Build, last_good: LastGood | None) -> Loaded:
    """What a gateway starts with: what the source has, else the last good document, else a reason not to start.

    Raises RefusedDocumentError, SupergraphUnavailableError.
    """
    try:
        document = source.read()
        loaded = Loaded(document, build(document, ()))
    except (SupergraphUnavailableError, RefusedDocumentError) as problem:
        if last_good is None or isinstance(problem, UnfitDocumentError):
            raise
        try:
            document, age = last_good.read()
            loaded = Loaded(document, build(document, ()), from_last_good=True)
        except (SupergraphUnavailableError, RefusedDocumentError) as further:
            raise type(problem)(
                f"{problem}; and the last good document is of no use either: {further}"
            ) from problem
        _log.error(
            "the supergraph cannot be had: the last good one is served",
            problem=str(problem),
            digest=document.digest,
            kept_seconds_ago=round(age),
        )
    else:
        _keep(last_good, document)
    return loaded


@dataclass(frozen=True, slots=True)
class ReloadStatus:
    """What is served, and how it stands with what was to follow it. `problem` is for the log and those who run it."""

    digest: str
    since: float
    from_last_good: bool
    counts: Counter[str]
    problem: str | None
    problem_at: float | None

    def as_json(self) -> dict[str, object]:
        """For everybody: no names of files or hosts, and nothing of a document's text."""
        return {
            "digest": self.digest,
            "since": _moment(self.since),
            "from": "last good" if self.from_last_good else "source",
            "swaps": self.counts[SWAPPED],
            "refused": self.counts[REFUSED],
            "unavailable": self.counts[UNAVAILABLE],
            "problemSince": None if self.problem_at is None else _moment(self.problem_at),
        }


SWAPPED: Final = "swapped"
UNCHANGED: Final = "unchanged"
REFUSED: Final = "refused"
UNAVAILABLE: Final = "unavailable"


class Reloads:
    """Holds the present snapshot, and puts another in its place."""

    def __init__(
        self,
        source: SupergraphSource,
        first: Loaded,
        build: Build,
        streams: OpenStreams,
        *,
        last_good: LastGood | None = None,
        warm_operations: int = 0,
    ) -> None:
        self.snapshot = first.snapshot
        self.loaded_at = time.time()
        self.counts: Counter[str] = Counter()
        self._source = source
        self._build = build
        self.streams = streams
        self._last_good = last_good
        self._warm_operations = warm_operations
        self._digest = first.document.digest
        self._from_last_good = first.from_last_good
        self._refused: tuple[SupergraphDocument, str] | None = None
        self._problem: tuple[str, float] | None = None
        self._look = asyncio.Event()
        self._lock = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()
        self.on_swap: Callable[[Snapshot], None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        # One thread: documents are built in their order, and what ends is taken apart beside nothing else.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="supergraph")

    @property
    def status(self) -> ReloadStatus:
        problem, at = self._problem or (None, None)
        return ReloadStatus(
            self._digest, self.loaded_at, self._from_last_good, Counter(self.counts), problem, at
        )

    def describe(self) -> dict[str, object]:
        """The status at present, for everybody."""
        return self.status.as_json()

    def look_now(self) -> None:
        """Have the source look for a new document at once. From any thread, and from a signal's handler."""
        if self._loop is not None:
            with suppress(RuntimeError):  # closed meanwhile: there is nothing to look for
                self._loop.call_soon_threadsafe(self._look.set)

    async def watch(self) -> None:
        """Take up each document that the source gives, until this is cancelled or there can be none."""
        self._loop = asyncio.get_running_loop()
        while True:
            try:
                async with aclosing(self._source.documents(self._look)) as documents:
                    async for found in documents:
                        if isinstance(found, SupergraphUnavailableError):
                            self._miss(UNAVAILABLE, str(found))
                        else:
                            await self.load(found)
                break
            except Exception:  # noqa: BLE001 - a source's fault must not be the end of all reloads
                _log.exception("the supergraph's source met a fault")
                self._miss(UNAVAILABLE, "the source met a fault")
                await asyncio.sleep(_RETRY_SECONDS)

    async def heed(self) -> None:
        """As `watch`, where nobody wants documents to be watched: look only when told to, by `look_now`."""
        self._loop = asyncio.get_running_loop()
        while True:
            await self._look.wait()
            self._look.clear()
            try:
                await self.load(await asyncio.to_thread(self._source.read))
            except SupergraphUnavailableError as error:
                self._miss(UNAVAILABLE, str(error))
            except Exception:  # noqa: BLE001 - as above
                _log.exception("the supergraph's source met a fault")
                self._miss(UNAVAILABLE, "the source met a fault")

    async def load(self, document: SupergraphDocument) -> bool:
        """Serve this document from now on. False where it is refused: the log and `status` say why."""
        async with self._lock:
            digest = document.digest
            if digest == self._digest:
                self.counts[UNCHANGED] += 1
                self._problem = None
                self._from_last_good = False
                return True
            if self._refused is not None and document == self._refused[0]:
                self._note(REFUSED, self._refused[1])
                return False
            begun = time.monotonic()
            hottest = self.snapshot.planned.hottest(self._warm_operations)
            try:
                snapshot = await self.aside(lambda: self._build(document, hottest))
            except RefusedDocumentError as error:
                self._refuse(document, str(error))
                return False
            except Exception:  # noqa: BLE001 - whatever a document does to us, the good one serves on
                _log.exception("a supergraph document met a fault of the gateway's own")
                self._refuse(document, "it met a fault of the gateway's own")
                return False
            await self._swap(snapshot)
            self._digest, self._from_last_good, self._refused, self._problem = digest, False, None, None
            self.loaded_at = time.time()
            self.counts[SWAPPED] += 1
            _log.info("a new supergraph is served", digest=digest, seconds=round(time.monotonic() - begun, 3))
            await asyncio.to_thread(_keep, self._last_good, document)
            return True

    async def close(self) -> None:
        """The gateway stops. A build under way is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        for task in self._ending:
            task.cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)

    def retire(self, snapshot: Snapshot) -> None:
        """Nobody begins with it any more: it is taken apart, and its clients given back, when its last user has ended."""
        loop = asyncio.get_running_loop()
        ends = weakref.finalize(snapshot, _when_unused, loop, self._end, snapshot.client, snapshot.api)
        ends.atexit = False

    async def _swap(self, snapshot: Snapshot) -> None:
        former, self.snapshot = self.snapshot, snapshot
        if self.on_swap is not None:
            self.on_swap(snapshot)
        self.retire(former)
        went_on, ended = await self.streams.continue_on(former, snapshot)
        if went_on or ended:
            _log.info("subscriptions met a new supergraph", went_on=went_on, ended=ended)

    def _end(self, client: SubgraphClient, api: GraphQLSchema) -> None:
        """Nobody holds that snapshot any more."""

        async def end() -> None:
            await client.close()
            await self.aside(lambda: take_apart((api,)))

        task = asyncio.get_running_loop().create_task(end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def aside(self, work: Callable[[], _Result]) -> _Result:
        """Done in the thread that builds, one after the other, while requests have their turns."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _considerately, work)

    def _refuse(self, document: SupergraphDocument, why: str) -> None:
        self._refused = document, why
        self._miss(REFUSED, why)

    def _miss(self, kind: str, problem: str) -> None:
        self.counts[kind] += 1
        self._note(kind, problem)

    def _note(self, kind: str, problem: str) -> None:
        """Told once, however often it is met."""
        if self._problem is None or self._problem[0] != problem:
            self._problem = problem, time.time()
            _log.error(f"a new supergraph is {kind}: the present one is served on", problem=problem)


@contextmanager
def _short_turns() -> Iterator[None]:
    """Threads take turns; what builds a graph has a lot to do, and whoever answers a request a little, many times.

    With Python's usual turns of 5 ms a request waits that long for each of its steps.
    """
    with _turns:
        usual = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            yield
        finally:
            sys.setswitchinterval(usual)


# The interval is the process's: of several gateways in one, none may take another's for the usual.
_turns: Final = threading.Lock()


def _considerately(work: Callable[[], _Result]) -> _Result:
    with _short_turns():
        return work()


def _when_unused(
    loop: asyncio.AbstractEventLoop,
    end: Callable[[SubgraphClient, GraphQLSchema], None],
    client: SubgraphClient,
    api: GraphQLSchema,
) -> None:
    """Called wherever the last one let go of a snapshot, in any thread."""
    with suppress(RuntimeError):  # the loop is closed: the process ends, and all of this with it
        loop.call_soon_threadsafe(end, client, api)


def _keep(last_good: LastGood | None, document: SupergraphDocument) -> None:
    if last_good is None:
        return
    try:
        last_good.keep(document)
    except OSError as error:
        _log.error(
            "the last good supergraph cannot be kept",
            file=str(last_good.path),
            problem=error.strerror or str(error),
        )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
