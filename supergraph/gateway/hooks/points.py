"""Every point where a stranger plugs into the gateway, in the order in which a request meets them.

A hook is an object that has the methods of one of these Protocols, or of several; nothing is inherited. What the
gateway does itself stands on the same points. Each says who calls it, when, and what it may raise; whatever else a
hook raises is a fault, which the log gets in full and the client as "something went wrong".

POINTS.md is printed from this file.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from supergraph.gateway.errors import Refusal
from supergraph.gateway.hooks.rate_limit import TokensWanted
from supergraph.gateway.hooks.request_record import FetchRecord, RequestRecord
from supergraph.gateway.hooks.usage import UsageReport
from supergraph.gateway.hooks.vocabulary import (
    HeaderLines,
    HttpRequest,
    HttpResponse,
    PolicyAnswers,
    PolicyQuestion,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
    SupergraphDocument,
    SupergraphDocuments,
)
from supergraph.spec import Caller, DenialRecord, MissingGrant, ModuleDocument, Principal, StoredApiKey

if TYPE_CHECKING:
    import jwt  # a gateway that checks no tokens does not load it

# ---- Before any request


@runtime_checkable
class SupergraphSource(Protocol):
    """Where the supergraph document comes from, and each that follows it."""

    def read(self) -> SupergraphDocument:
        """The document as it stands now. Called once, at the start, and may wait. Raises SupergraphUnavailableError."""
        ...

    def documents(self, look: asyncio.Event) -> SupergraphDocuments:
        """Each new document as it comes, and why none could be had, for as long as it is iterated over.

        Called once, after `read`; what changed since then comes as well. `look` is set by whoever does not want to wait
        for the next look: look, and clear it. What was given before may come again, and changes nothing.
        """
        ...


# ---- A request comes in


@runtime_checkable
class RequestGuard(Protocol):
    """Looks at a request to the GraphQL endpoint before anything of it is read. CORS and CSRF prevention are two."""

    def admit(self, request: HttpRequest) -> Refusal | HttpResponse | None:
        """None lets it pass. A refusal is written as any other; a response is sent as it is. Must not wait."""
        ...


# ---- Who asks


@runtime_checkable
class KeySource(Protocol):
    """Where an issuer's public keys come from. Called for each token that was not checked a moment ago."""

    async def keys(self, key_id: str | None) -> Sequence["jwt.PyJWK"]:
        """The keys that may have signed a token with this `kid`: those that bear it, or all where it has none.

        Raises KeysUnavailableError.
        """
        ...


@runtime_checkable
class ApiKeyStore(Protocol):
    """Where the API keys of machines are kept. Called for each key that was not looked up a moment ago.

    It never sees a secret: the gateway compares its hash, and looks at the end of the key, itself.
    """

    async def find_api_key(self, key_id: str) -> StoredApiKey | None:
        """The key of this public id; None for one that there is not, or that was revoked.

        Raises ApiKeysUnavailableError; what takes longer than two seconds counts as that.
        """
        ...

    def api_key_used(self, key_id: str) -> None:
        """Somebody showed the right secret: called once per look-up at most. Must not wait."""
        ...


@runtime_checkable
class Revocations(Protocol):
    """What was taken back before its time. Asked at each request, at each event of a subscription, and every few seconds."""

    def is_revoked(self, caller: Caller) -> bool:
        """Whether what the caller showed holds no more: its session ended, its subject lost a role since.

        Must not wait: who learns it from elsewhere keeps it in memory. Raises RevocationsUnavailableError where it was
        not learnt yet: whoever shows a credential is told to come back, and what is open stays open.
        """
        ...


# ---- Which graph is asked


@runtime_checkable
class ModuleSets(Protocol):
    """Which modules each tenant has, and in which versions: tenants of equal sets share one graph.

    All of it is called in the gateway's event loop.
    """

    def of(self, tenant: str | None) -> frozenset[str]:
        """The tenant's set, such as `{"loyalty@2", "tasks@1"}`; of one that is unknown, and of None, the set of nobody.

        A look-up in memory, for it is asked within a request. Must not wait, nor raise.
        """
        ...

    async def documents(self, versions: frozenset[str]) -> Sequence[ModuleDocument]:
        """All subgraphs of that set, the foundation's included. A version is for ever the same.

        Called once for each set that comes into use. Whatever it raises is logged, and it is asked again after some
        seconds.
        """
        ...

    def changes(self) -> AsyncIterator[None]:
        """A value whenever `of` says other than before, of any tenant. Iterated over once, for as long as the gateway runs.

        What is published while nobody looks may come as one. The first may come at once.
        """
        ...


# ---- How often it is asked


@runtime_checkable
class RateLimitStore(Protocol):
    """Where the token buckets of tenants and clients are kept; several gateways may share one."""

    async def take(self, wanted: Sequence[TokensWanted]) -> float:
        """Takes from all buckets and gives 0.0; or takes from none and gives the seconds until all could be had.

        Called for each operation, so it must be quick, and one call at a time for each bucket. Raises
        RateLimitStoreError.
        """
        ...

    async def close(self) -> None:
        """Called once, when the gateway stops."""
        ...


# ---- What is asked


@runtime_checkable
class OperationManifest(Protocol):
    """Registered operations. Called for each request that names one, and for all where unknown ones are told apart."""

    def registered_text(self, operation_id: str) -> str | None:
        """The text of a registered operation, or None for an id that is none. Must not wait."""
        ...

    def is_registered(self, text: str) -> bool:
        """Whether exactly this text is that of a registered operation. Must not wait."""
        ...


@runtime_checkable
class OperationStore(Protocol):
    """Where automatic persisted queries are kept. Any client may put a text there, under its SHA-256 and no other name.

    What it raises is logged, and counts as not knowing the text.
    """

    async def load_text(self, sha256: str) -> str | None:
        """The text, or None. It is checked against its hash, wherever it comes from."""
        ...

    async def store_text(self, sha256: str, text: str) -> None:
        """Keep a text, or do not: it may be forgotten at any time."""
        ...

    async def close(self) -> None:
        """Called once, when the gateway stops."""
        ...


# ---- What the caller may see


class Policy(Protocol):
    """Decides policies of `@policy`. Registered by their names; called once per operation, and at each event.

    A function that is registered under several names gets the questions of all of them together.
    """

    def __call__(
        self, principal: Principal, questions: Sequence[PolicyQuestion]
    ) -> PolicyAnswers | Awaitable[PolicyAnswers]:
        """An answer for each question. Anything but True denies; so do exceptions, too few answers and too much time.

        A function that is not async must not wait: everybody would wait with it.
        """
        ...


@runtime_checkable
class GrantAdvisor(Protocol):
    """Says who can help a caller who was denied. Asked for callers who hold `platform:explain` alone."""

    async def who_can_grant(self, principal: Principal, missing: MissingGrant) -> Sequence[str]:
        """Words for people, such as a role or a team. Whatever it raises is logged; the owners are named then."""
        ...


@runtime_checkable
class AuditSink(Protocol):
    """Keeps what callers were denied, so that the id in an error can be looked up. Called once per operation."""

    async def record_denials(self, records: Sequence[DenialRecord]) -> None:
        """Awaited before the answer goes out, for two seconds at most. What it does not take goes to the log instead."""
        ...


# ---- Subgraphs are asked


@runtime_checkable
class RequestClient(Protocol):
    """Sends requests to subgraphs. Safe for many callers at once; a cancelled call gives up its socket."""

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        """The answer, undecoded. A failure is an answer too: nothing is raised."""
        ...

    async def close(self) -> None:
        """Called once, when the gateway stops."""
        ...


@runtime_checkable
class EventSource(Protocol):
    """Opens subscriptions at subgraphs. Safe for many callers at once."""

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        """Each event is a response. A failure is the last, as is an answer that is no event: then nobody subscribed.

        It ends without a failure when the subgraph says that there is nothing more.
        """
        ...

    async def close(self) -> None:
        """Called once, when the gateway stops."""
        ...


@runtime_checkable
class SubgraphClient(RequestClient, EventSource, Protocol):
    """Speaks to a subgraph in every way that the gateway needs."""


# ---- The answer goes out


@runtime_checkable
class ResponseHeaders(Protocol):
    """Adds headers to every answer of the GraphQL endpoint, refusals and streams included."""

    def headers(self, request: HttpRequest) -> HeaderLines:
        """What is added, in lower case. Must not wait."""
        ...


# ---- The operation is over


@runtime_checkable
class FetchObserver(Protocol):
    """Watches fetches from subgraphs and changes nothing: traces and metrics do."""

    def fetched(self, record: RequestRecord, fetch: FetchRecord) -> None:
        """A subgraph has answered, or failed to. Called for each fetch, of a subscription for each event's. Must not wait."""
        ...


@runtime_checkable
class RequestObserver(Protocol):
    """Watches operations and changes nothing: traces, metrics, the access log and usage records do."""

    def answered(self, record: RequestRecord) -> None:
        """The answer is sent, or the stream of answers has ended. Called once an operation. Must not wait."""
        ...


@runtime_checkable
class UsageSink(Protocol):
    """Where usage reports go: a file and an address are two. Called every so often, by one task, in order."""

    async def record_usage(self, report: UsageReport) -> None:
        """Keep the report. Raises UsageSinkError: what was counted is then offered again with the next report."""
        ...

    async def close(self) -> None:
        """Called once, when the gateway stops, after the last report."""
        ...
