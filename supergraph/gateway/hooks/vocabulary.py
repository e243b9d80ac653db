"""The words of the hook points: what a hook is given, gives back and raises."""

import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from supergraph.spec import ANONYMOUS, Coordinate, Principal, SubgraphName

HeaderLines = tuple[tuple[bytes, bytes], ...]
"""Headers in their order; names in lower case, as ASGI has them."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came in. `headers` have lower-case names, as ASGI gives them.

    `peer` is the network address of who is connected: the client's, or that of a proxy before the gateway.
    """

    method: str
    query_string: bytes
    headers: HeaderLines
    body: bytes
    peer: str | None = None

    def header(self, name: bytes) -> bytes | None:
        """The only value of the header, or the first of several."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer in one piece. `body` is as long as the header `content-length` says."""

    status: int
    headers: HeaderLines
    body: bytes


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What the client wants executed. `read_only`: it came over GET, so nothing may change.

    `persisted_id` is by what the client calls the document, if it does; then `query` may be empty until the step
    `persisted` has found its text.
    """

    query: str
    operation_name: str | None
    variables: Mapping[str, object]
    read_only: bool = False
    persisted_id: str | None = None


@dataclass(frozen=True, slots=True)
class SupergraphDocument:
    """A supergraph document as it came, byte for byte. `signature` is what came beside it: Ed25519, in base64."""

    content: bytes
    signature: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal digits: what a document is called in logs."""
        return hashlib.sha256(self.content).hexdigest()


class SupergraphUnavailableError(Exception):
    """The document cannot be had. The message says what, where and why, on one line."""


SupergraphDocuments = AsyncGenerator[SupergraphDocument | SupergraphUnavailableError, None]
"""Documents in their order. An error among them says that there was none to be had, and ends nothing."""


class KeysUnavailableError(Exception):
    """The issuer's keys cannot be had now. The message is for the log."""


class RevocationsUnavailableError(Exception):
    """What was taken back is not known yet, so nobody's credential can be believed."""


@dataclass(frozen=True, slots=True)
class PolicyQuestion:
    """Whether one policy of `@policy` holds at one place of an operation.

    `guarded` is where the directive stands: a field (`Invoice.total`) or a type (`Invoice`). `selected` is the field by
    which the operation meets it, `arguments` are that field's: coerced, defaults and the variables' values filled in.
    """

    policy: str
    guarded: Coordinate
    selected: Coordinate
    arguments: Mapping[str, object]


PolicyAnswers = Sequence[bool | None]
"""One for each question, in their order. Only True grants."""


# This and its answer are not frozen, though nobody changes one: they are made for every fetch, and freezing takes three
# quarters of that time.
@dataclass(slots=True, unsafe_hash=True)
class SubgraphRequest:
    """One GraphQL request to one subgraph. `body` is JSON, as `encode_body` makes it.

    `idempotent` is true for queries: such a request may share the answer of an equal one in flight. `headers` go out
    beside those that every request has. So does `trace`, which does not make two requests different.
    """

    subgraph: SubgraphName
    body: bytes
    idempotent: bool
    principal: Principal = ANONYMOUS
    headers: HeaderLines = ()
    trace: HeaderLines = field(default=(), compare=False)


class FailureReason(Enum):
    """Why there is no answer. The values are what a client of the gateway may see."""

    NO_ADDRESS = "SUBGRAPH_HAS_NO_ADDRESS"
    REFUSED = "SUBGRAPH_UNREACHABLE"
    LOST = "SUBGRAPH_CONNECTION_LOST"
    TIMED_OUT = "SUBGRAPH_TIMED_OUT"
    BAD_STATUS = "SUBGRAPH_BAD_STATUS"
    TOO_LARGE = "SUBGRAPH_ANSWER_TOO_LARGE"
    NOT_JSON = "SUBGRAPH_ANSWER_NOT_JSON"
    MALFORMED = "SUBGRAPH_ANSWER_MALFORMED"
    CRASHED = "SUBGRAPH_CRASHED"
    STALLED = "SUBGRAPH_STALLED"
    BUSY = "SUBGRAPH_BUSY"
    SUSPENDED = "SUBGRAPH_SUSPENDED"
    OPERATION_TIMED_OUT = "OPERATION_TIMED_OUT"


@dataclass(frozen=True, slots=True)
class SubgraphFailure:
    """No usable answer. `detail` is for the log alone: it may hold addresses and pieces of what came.

    `untouched`: no connection was made, or it broke before a byte of an answer had come. `retry_after`: in how many
    seconds it is worth asking again, where that is known.
    """

    subgraph: SubgraphName
    reason: FailureReason
    detail: str = ""
    untouched: bool = False
    retry_after: int | None = None


@dataclass(slots=True, unsafe_hash=True)
class SubgraphResponse:
    """What came back, undecoded. `retry_after` is what the header of that name said, in seconds.

    `headers` are those that header rules want to see, and no others.
    """

    status: int
    body: bytes
    retry_after: int | None = None
    headers: HeaderLines = ()


SubgraphEvents = AsyncGenerator[SubgraphResponse | SubgraphFailure, None]
"""The events of one subscription, in their order. Whoever closes it frees the subgraph at once."""
