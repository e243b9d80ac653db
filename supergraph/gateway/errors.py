"""Problems of a request as values, and what a client sees of them. What only the log may see stays out of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from supergraph.spec import RequestCode


@dataclass(frozen=True, slots=True)
class Problem:
    """One GraphQL error. `locations` are lines and columns of the client's document, from 1."""

    code: RequestCode
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


def refuse(status: int, message: str, code: RequestCode = RequestCode.BAD_REQUEST, **headers: str) -> Refusal:
    """A refusal for one reason. `headers` are named with underscores: `www_authenticate`."""
    return Refusal(
        status,
        (Problem(code, message),),
        tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()),
    )


def refuse_operation(code: RequestCode, message: str, *, status: int = 400) -> Refusal:
    """A refusal of the operation itself, for one reason."""
    return Refusal(status, (Problem(code, message),), is_graphql=True)
