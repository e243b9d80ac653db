"""Problems of a request as values, and what a client sees of them. What only the log may see stays out of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ErrorCode(StrEnum):
    """`extensions.code` of the gateway's own errors."""

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
    OPERATION_LIMIT_EXCEEDED = "OPERATION_LIMIT_EXCEEDED"
    COST_ESTIMATED_TOO_EXPENSIVE = "COST_ESTIMATED_TOO_EXPENSIVE"
    COST_SLICING_ARGUMENT_REQUIRED = "COST_SLICING_ARGUMENT_REQUIRED"
    REQUEST_RATE_LIMITED = "REQUEST_RATE_LIMITED"
    RATE_LIMITS_UNAVAILABLE = "RATE_LIMITS_UNAVAILABLE"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    OPERATION_NOT_SUPPORTED = "OPERATION_NOT_SUPPORTED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    UNAUTHORIZED_FIELD_OR_TYPE = "UNAUTHORIZED_FIELD_OR_TYPE"
    QUERY_PLANNING_FAILED = "QUERY_PLANNING_FAILED"
    SUBSCRIPTION_LIMIT_EXCEEDED = "SUBSCRIPTION_LIMIT_EXCEEDED"
    SUBSCRIBER_TOO_SLOW = "SUBSCRIBER_TOO_SLOW"
    SUBSCRIPTION_SCHEMA_RELOAD = "SUBSCRIPTION_SCHEMA_RELOAD"
    GATEWAY_STOPPING = "GATEWAY_STOPPING"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


@dataclass(frozen=True, slots=True)
class Problem:
    """One GraphQL error. `locations` are lines and columns of the client's document, from 1."""

    code: ErrorCode
    message: str
    locations: tuple[tuple[int, int], ...] = ()
    path: tuple[str | int, ...] | None = None
    extensions: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Spec: Response Format, Errors."""
        error: dict[str, object] = {"message": self.message}
        if self.locations:
            error["locations"] = [{"line": line, "column": column} for line, column in self.locations]
        if self.path is not None:
            error["path"] = list(self.path)
        error["extensions"] = {"code": str(self.code), **self.extensions}
        return error


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that is not executed. `status` is its HTTP status.

    `is_graphql`: the request was well-formed and its operation at fault, which clients that want `application/json`
    are told with status 200 (GraphQL over HTTP, 6.4.1).
    """

    status: int
    problems: tuple[Problem, ...]
    headers: tuple[tuple[bytes, bytes], ...] = ()
    is_graphql: bool = False


def refuse(status: int, message: str, code: ErrorCode = ErrorCode.BAD_REQUEST, **headers: str) -> Refusal:
    """A refusal for one reason. `headers` are named with underscores: `www_authenticate`."""
    return Refusal(
        status,
        (Problem(code, message),),
        tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()),
    )


def refuse_operation(code: ErrorCode, message: str, *, status: int = 400) -> Refusal:
    """A refusal of the operation itself, for one reason."""
    return Refusal(status, (Problem(code, message),), is_graphql=True)
