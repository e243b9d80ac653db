"""What went wrong at a subgraph, as a value; and what a client may see of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from supergraph.gateway.transport import FailureReason, SubgraphFailure
from supergraph.spec import Coordinate, RequestCode, SubgraphName

ResponsePath = tuple[str | int, ...]


class ExecutionCode(StrEnum):
    """The codes that execution itself gives. A subgraph's own code passes; failures have those of FailureReason."""

    SUBGRAPH_ERROR = RequestCode.DOWNSTREAM_SERVICE_ERROR
    VALUE_INVALID = RequestCode.SUBGRAPH_VALUE_INVALID
    VALUE_MISSING = RequestCode.SUBGRAPH_VALUE_MISSING
    VALUE_NULL = RequestCode.SUBGRAPH_VALUE_NULL
    TOO_DEEP = RequestCode.OPERATION_TOO_DEEP
    DENIED = RequestCode.UNAUTHORIZED_FIELD_OR_TYPE


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What of a subgraph's errors a client may see.

    `messages`: those of GraphQL errors, which resolvers write for clients. `extensions`: which keys of their
    `extensions` pass beside `code`; the others may hold stack traces. `subgraph_names`: which subgraph it was.
    What the transport found (addresses, statuses, pieces of answers) is never shown.
    """

    messages: bool = True
    extensions: frozenset[str] = frozenset()
    subgraph_names: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Why something is not there. Compared by identity: two fields may fail in the same words.

    `raised` is true for an error that the subgraph itself raised, whose message and extensions are its own. The
    extensions of other problems are ours, and shown.
    """

    message: str
    code: str
    subgraph: SubgraphName | None = None
    raised: bool = False
    extensions: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Denial:
    """A field that the caller may not see. It left the operation before planning and comes back as null.

    `path` holds the response keys from the root to the field; lists do not show in it. `coordinate` is the field's, on
    the type that the caller selected it on: denied on an interface, it is denied on every type behind it.
    """

    path: tuple[str, ...]
    coordinate: Coordinate
    message: str = "Unauthorized field or type"


TellDenial = Callable[[Denial, ResponsePath], dict[str, object] | None]
"""Called for each place of the response that a denial stands at. What it gives is an error there; None is none."""


_FAILURE_MESSAGES: Final = {
    FailureReason.NO_ADDRESS: "The subgraph of this field has no address.",
    FailureReason.REFUSED: "The subgraph of this field cannot be reached.",
    FailureReason.LOST: "The connection to the subgraph of this field broke.",
    FailureReason.TIMED_OUT: "The subgraph of this field did not answer in time.",
    FailureReason.BAD_STATUS: "The subgraph of this field answered with an HTTP error.",
    FailureReason.TOO_LARGE: "The subgraph of this field answered with more than is allowed.",
    FailureReason.NOT_JSON: "The subgraph of this field did not answer in JSON.",
    FailureReason.MALFORMED: "The subgraph of this field gave an answer that is not of the right form.",
    FailureReason.CRASHED: "The subgraph of this field crashed.",
    FailureReason.STALLED: "The subgraph of this field stalled and was interrupted.",
    FailureReason.BUSY: "The subgraph of this field has more to do than it can; ask again later.",
    FailureReason.SUSPENDED: "The subgraph of this field failed repeatedly and is not asked for a while.",
    FailureReason.OPERATION_TIMED_OUT: "The operation's time was over before this field was there.",
}
_UNAVAILABLE: Final = "The subgraph of this field is not available."
_NO_HINTS: Final[Mapping[str, object]] = {}
_REDACTED: Final = "The subgraph of this field raised an error."


def problem_of_failure(failure: SubgraphFailure) -> Problem:
    message = _FAILURE_MESSAGES.get(failure.reason, _UNAVAILABLE)
    hints = _NO_HINTS if failure.retry_after is None else {"retryAfter": failure.retry_after}
    return Problem(message, failure.reason.value, failure.subgraph, extensions=hints)


def problem_of_error(subgraph: SubgraphName, error: Mapping[str, object]) -> Problem:
    """A GraphQL error of a subgraph's answer; anything in it may be missing or of the wrong type."""
    message = error.get("message")
    extensions = error.get("extensions")
    shape = extensions if isinstance(extensions, dict) else {}
    code = shape.get("code")
    return Problem(
        message if isinstance(message, str) else _REDACTED,
        code if isinstance(code, str) else ExecutionCode.SUBGRAPH_ERROR,
        subgraph,
        raised=True,
        extensions=shape,
    )


def malformed(subgraph: SubgraphName) -> Problem:
    return Problem(_FAILURE_MESSAGES[FailureReason.MALFORMED], FailureReason.MALFORMED.value, subgraph)


def format_problem(problem: Problem, path: ResponsePath | None, disclosure: Disclosure) -> dict[str, object]:
    """An error of the response, without `locations`: a subgraph's are places in a document the client never saw."""
    extensions: dict[str, object] = {"code": problem.code}
    if problem.raised:
        extensions |= {
            key: problem.extensions[key] for key in problem.extensions if key in disclosure.extensions
        }
        extensions["code"] = problem.code
    else:
        extensions |= problem.extensions
    if disclosure.subgraph_names and problem.subgraph is not None:
        extensions["subgraph"] = problem.subgraph
    hidden = problem.raised and not disclosure.messages
    error: dict[str, object] = {"message": _REDACTED if hidden else problem.message}
    if path is not None:
        error["path"] = list(path)
    error["extensions"] = extensions
    return error


def format_denial(denial: Denial, path: ResponsePath) -> dict[str, object]:
    return {
        "message": denial.message,
        "path": list(path),
        "extensions": {"code": ExecutionCode.DENIED, "coordinate": denial.coordinate},
    }
