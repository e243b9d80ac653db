"""What may be wrong with a request, or with an answer to it: the codes in `extensions.code` of the gateway's errors.

A subgraph's own errors keep the codes that it gave them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class RequestCode(StrEnum):
    """First those of the request as a whole, in the order of its journey; then those of single fields of an answer."""

    BAD_REQUEST = "BAD_REQUEST"
    CSRF_PREVENTED = "CSRF_PREVENTED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    IDENTITY_UNAVAILABLE = "IDENTITY_UNAVAILABLE"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    PERSISTED_QUERY_HASH_MISMATCH = "PERSISTED_QUERY_HASH_MISMATCH"
    PERSISTED_QUERY_ID_REQUIRED = "PERSISTED_QUERY_ID_REQUIRED"
    PERSISTED_QUERY_NOT_IN_LIST = "PERSISTED_QUERY_NOT_IN_LIST"
    QUERY_NOT_IN_SAFELIST = "QUERY_NOT_IN_SAFELIST"
    OPERATION_NOT_DECLARED = "OPERATION_NOT_DECLARED"
    OPERATION_LIMIT_EXCEEDED = "OPERATION_LIMIT_EXCEEDED"
    COST_ESTIMATED_TOO_EXPENSIVE = "COST_ESTIMATED_TOO_EXPENSIVE"
    COST_SLICING_ARGUMENT_REQUIRED = "COST_SLICING_ARGUMENT_REQUIRED"
    REQUEST_RATE_LIMITED = "REQUEST_RATE_LIMITED"
    RATE_LIMITS_UNAVAILABLE = "RATE_LIMITS_UNAVAILABLE"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    OPERATION_NOT_SUPPORTED = "OPERATION_NOT_SUPPORTED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    QUERY_PLANNING_FAILED = "QUERY_PLANNING_FAILED"
    OPERATION_TOO_DEEP = "OPERATION_TOO_DEEP"
    SUBSCRIPTION_LIMIT_EXCEEDED = "SUBSCRIPTION_LIMIT_EXCEEDED"
    SUBSCRIBER_TOO_SLOW = "SUBSCRIBER_TOO_SLOW"
    SUBSCRIPTION_SCHEMA_RELOAD = "SUBSCRIPTION_SCHEMA_RELOAD"
    GRAPH_NOT_READY = "GRAPH_NOT_READY"
    GATEWAY_STOPPING = "GATEWAY_STOPPING"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"
    UNAUTHORIZED_FIELD_OR_TYPE = "UNAUTHORIZED_FIELD_OR_TYPE"
    DOWNSTREAM_SERVICE_ERROR = "DOWNSTREAM_SERVICE_ERROR"
    SUBGRAPH_VALUE_INVALID = "SUBGRAPH_VALUE_INVALID"
    SUBGRAPH_VALUE_MISSING = "SUBGRAPH_VALUE_MISSING"
    SUBGRAPH_VALUE_NULL = "SUBGRAPH_VALUE_NULL"
    SUBGRAPH_HAS_NO_ADDRESS = "SUBGRAPH_HAS_NO_ADDRESS"
    SUBGRAPH_UNREACHABLE = "SUBGRAPH_UNREACHABLE"
    SUBGRAPH_CONNECTION_LOST = "SUBGRAPH_CONNECTION_LOST"
    SUBGRAPH_TIMED_OUT = "SUBGRAPH_TIMED_OUT"
    SUBGRAPH_BAD_STATUS = "SUBGRAPH_BAD_STATUS"
    SUBGRAPH_ANSWER_TOO_LARGE = "SUBGRAPH_ANSWER_TOO_LARGE"
    SUBGRAPH_ANSWER_NOT_JSON = "SUBGRAPH_ANSWER_NOT_JSON"
    SUBGRAPH_ANSWER_MALFORMED = "SUBGRAPH_ANSWER_MALFORMED"
    SUBGRAPH_CRASHED = "SUBGRAPH_CRASHED"
    SUBGRAPH_STALLED = "SUBGRAPH_STALLED"
    SUBGRAPH_BUSY = "SUBGRAPH_BUSY"
    SUBGRAPH_SUSPENDED = "SUBGRAPH_SUSPENDED"
    OPERATION_TIMED_OUT = "OPERATION_TIMED_OUT"


@dataclass(frozen=True, slots=True)
class RequestCodeEntry:
    """`status`: of the HTTP response; 200 where the code stands beside data. `mend`: what who reads it may do."""

    status: int
    summary: str
    mend: str = ""


_E = RequestCodeEntry
_RETRY: Final = "Ask again later; the gateway's log names the subgraph and the reason."
_SUBGRAPH: Final = "The gateway's log shows what came; mend the subgraph."

REQUEST_CATALOGUE: Final[Mapping[RequestCode, RequestCodeEntry]] = MappingProxyType(
    {
        RequestCode.BAD_REQUEST: _E(
            400,
            "The HTTP request is not one of GraphQL over HTTP; 405, 406, 413 and 415 say so more closely.",
            "The message says what is missing.",
        ),
        RequestCode.CSRF_PREVENTED: _E(
            400,
            "A page of anybody could have caused this request by itself, so it is refused.",
            "Send the header `graphql-require-preflight: 1`, or use POST.",
        ),
        RequestCode.UNAUTHENTICATED: _E(
            401, "The token is missing, or not one that the gateway trusts.", "Sign in anew."
        ),
        RequestCode.IDENTITY_UNAVAILABLE: _E(
            503, "The keys that tokens are checked with cannot be had at present.", "Ask again later."
        ),
        RequestCode.GRAPHQL_PARSE_FAILED: _E(
            400, "The document is not GraphQL.", "Mend it at the place shown."
        ),
        RequestCode.GRAPHQL_VALIDATION_FAILED: _E(
            400, "The document does not fit the schema.", "Mend it at the place shown."
        ),
        RequestCode.INTROSPECTION_DISABLED: _E(
            400,
            "This caller may not ask about the schema.",
            "Sign in, or read the schema where its owners publish it.",
        ),
        RequestCode.PERSISTED_QUERY_NOT_FOUND: _E(
            400, "No text is known for the hash or id.", "Send the text along, once."
        ),
        RequestCode.PERSISTED_QUERY_NOT_SUPPORTED: _E(
            400, "Automatic persisted queries are switched off.", "Send the text instead of the hash."
        ),
        RequestCode.PERSISTED_QUERY_HASH_MISMATCH: _E(
            400,
            "The text is not the one that the hash or id stands for.",
            "Make the hash anew: SHA-256 of the text, in hexadecimal.",
        ),
        RequestCode.PERSISTED_QUERY_ID_REQUIRED: _E(
            400,
            "Operations are taken by their registered id alone.",
            "Send the id from the manifest, without the text.",
        ),
        RequestCode.PERSISTED_QUERY_NOT_IN_LIST: _E(
            400,
            "No registered operation has this id.",
            "Register the operation: it belongs into the manifest.",
        ),
        RequestCode.QUERY_NOT_IN_SAFELIST: _E(
            400,
            "The operation is not a registered one.",
            "Register the operation: it belongs into the manifest.",
        ),
        RequestCode.OPERATION_NOT_DECLARED: _E(
            403,
            "A subgraph asks on behalf of its caller, and not for an operation that it has declared.",
            "Put the operation into the folder that the subgraph declares, and roll both out.",
        ),
        RequestCode.OPERATION_LIMIT_EXCEEDED: _E(
            400, "The operation is larger than the gateway's limits allow.", "Ask for less at once."
        ),
        RequestCode.COST_ESTIMATED_TOO_EXPENSIVE: _E(
            400,
            "By `@cost` and `@listSize` the operation may cost more than it is allowed to; no subgraph was asked.",
            "Ask for fewer items, for fewer lists within lists, or in several operations.",
        ),
        RequestCode.COST_SLICING_ARGUMENT_REQUIRED: _E(
            400,
            "A list's length cannot be told: the field needs exactly one of its slicing arguments.",
            "Give one of the arguments that the message names, and not two.",
        ),
        RequestCode.REQUEST_RATE_LIMITED: _E(
            429,
            "The tenant or the client asks more often, or for more, than it may.",
            "Wait for as many seconds as the header `retry-after` or the error's `retryAfter` says.",
        ),
        RequestCode.RATE_LIMITS_UNAVAILABLE: _E(
            503,
            "The store that rates are counted in is away, and the gateway is set to refuse.",
            "Ask again later.",
        ),
        RequestCode.OPERATION_RESOLUTION_FAILURE: _E(
            400, "The document has no operation of that name, or several and no name was given.", "Name one."
        ),
        RequestCode.OPERATION_NOT_SUPPORTED: _E(
            400, "Such operations are not answered over this protocol.", "The message names one that does."
        ),
        RequestCode.BAD_USER_INPUT: _E(
            400, "A variable is missing or not of its type.", "The message names the variable."
        ),
        RequestCode.QUERY_PLANNING_FAILED: _E(
            400,
            "There is no way to fetch what is asked, or none was found in the time that planning may take.",
            "Ask for less at once. A field that cannot be reached is a mistake in the supergraph.",
        ),
        RequestCode.OPERATION_TOO_DEEP: _E(
            200, "The answer is nested more deeply than can be written.", "Ask for less depth."
        ),
        RequestCode.SUBSCRIPTION_LIMIT_EXCEEDED: _E(
            429, "As many subscriptions are open as the gateway allows.", "End some, or ask again later."
        ),
        RequestCode.SUBSCRIPTION_SCHEMA_RELOAD: _E(
            200,
            "The supergraph was replaced, and what this subscription uses is not as it was; the subscription ended.",
            "Subscribe anew, and read afresh what may have been missed.",
        ),
        RequestCode.SUBSCRIBER_TOO_SLOW: _E(
            200, "Events came faster than the client read them; the subscription ended.", "Subscribe anew."
        ),
        RequestCode.GRAPH_NOT_READY: _E(
            503,
            "The tenant's graph is asked for the first time, and is not built yet.",
            "Ask again after the seconds in `retry-after`; `/health` tells what keeps it.",
        ),
        RequestCode.GATEWAY_STOPPING: _E(503, "The gateway is shutting down.", "Connect anew."),
        RequestCode.INTERNAL_SERVER_ERROR: _E(
            500, "A fault of the gateway itself.", "The gateway's log has it under the request's id."
        ),
        RequestCode.UNAUTHORIZED_FIELD_OR_TYPE: _E(
            200,
            "The caller may not see the field; it is null. Where the gateway rejects, the whole operation is refused: 403.",
            "Give `denialId` to whoever may look into the audit, or ask for the permission that the schema names.",
        ),
        RequestCode.DOWNSTREAM_SERVICE_ERROR: _E(
            200, "A subgraph raised an error without a code of its own.", "The message is the subgraph's."
        ),
        RequestCode.SUBGRAPH_VALUE_INVALID: _E(
            200, "A subgraph's value is not of the field's type.", _SUBGRAPH
        ),
        RequestCode.SUBGRAPH_VALUE_MISSING: _E(
            200, "A subgraph left out a field that it was asked for.", _SUBGRAPH
        ),
        RequestCode.SUBGRAPH_VALUE_NULL: _E(
            200,
            "A field that is never null came as null; the null rose to the next field that may be.",
            _SUBGRAPH,
        ),
        RequestCode.SUBGRAPH_HAS_NO_ADDRESS: _E(
            200,
            "The supergraph has no address for the subgraph.",
            "Give it one: a routing URL, or an override.",
        ),
        RequestCode.SUBGRAPH_UNREACHABLE: _E(200, "No connection to the subgraph could be made.", _RETRY),
        RequestCode.SUBGRAPH_CONNECTION_LOST: _E(
            200, "The connection broke before the subgraph's answer was there.", _RETRY
        ),
        RequestCode.SUBGRAPH_TIMED_OUT: _E(200, "The subgraph did not answer in time.", _RETRY),
        RequestCode.SUBGRAPH_BAD_STATUS: _E(
            200, "The subgraph answered with an HTTP error and no GraphQL.", _RETRY
        ),
        RequestCode.SUBGRAPH_ANSWER_TOO_LARGE: _E(
            200, "The subgraph's answer is larger than allowed.", "Ask for less at once, or raise the limit."
        ),
        RequestCode.SUBGRAPH_ANSWER_NOT_JSON: _E(200, "The subgraph's answer is not JSON.", _SUBGRAPH),
        RequestCode.SUBGRAPH_ANSWER_MALFORMED: _E(
            200, "The subgraph's answer is not of the form that GraphQL responses have.", _SUBGRAPH
        ),
        RequestCode.SUBGRAPH_CRASHED: _E(200, "A subgraph in the same process raised an exception.", _RETRY),
        RequestCode.SUBGRAPH_STALLED: _E(
            200,
            "A subgraph in the same process held its thread, or the memory, for longer than it may and was interrupted.",
            _SUBGRAPH,
        ),
        RequestCode.SUBGRAPH_BUSY: _E(
            200, "As many requests wait for the subgraph as may; this one was not sent.", _RETRY
        ),
        RequestCode.SUBGRAPH_SUSPENDED: _E(
            200,
            "The subgraph failed so often that it is not asked for a while.",
            "Ask again after the seconds in `extensions.retryAfter`.",
        ),
        RequestCode.OPERATION_TIMED_OUT: _E(
            200, "The operation's time was over before the field was there.", "Ask for less at once."
        ),
    }
)
