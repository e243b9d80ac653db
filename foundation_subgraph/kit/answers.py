"""What an operation brought, as it is sent: errors in words for others, a failure of ours without any."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from typing import Any

from graphql import ExecutionResult, GraphQLError

from foundation_subgraph.kit.context import RequestContext
from foundation_subgraph.kit.errors import Refusal

_log = logging.getLogger(__name__)


async def written_events(
    results: AsyncIterator[ExecutionResult], context: RequestContext
) -> AsyncGenerator[dict[str, Any], None]:
    """The answers as they are sent. An exception of the source itself is the last of them."""
    try:
        async for result in results:
            yield written(result)
    except Exception as problem:  # noqa: BLE001 - masked like any other failure of a resolver
        failure = GraphQLError(str(problem), original_error=problem)
        yield {"data": None, "errors": shown_errors([failure])}
    finally:
        await results.aclose()  # type: ignore[attr-defined] # graphql-core's are async generators
        await context.close()


def written(result: ExecutionResult) -> dict[str, Any]:
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = shown_errors(result.errors)
    return answer


def shown_errors(errors: Iterable[GraphQLError]) -> list[dict[str, Any]]:
    """Errors as others may see them: refusals in their own words, our own failures without any."""
    shown: list[dict[str, Any]] = []
    logged: set[int] = set()
    for error in errors:
        formatted: dict[str, Any] = dict(error.formatted)
        cause = _cause(error)
        if isinstance(cause, Refusal):
            formatted["extensions"] = {"code": cause.code}
        elif cause is not None:
            if id(cause) not in logged:  # a batch that fails is one failure, however many waited for it
                _log.error("a resolver failed at %s", error.path, exc_info=cause)
                logged.add(id(cause))
            formatted["message"] = "Internal error"
            formatted["extensions"] = {"code": "INTERNAL_SERVER_ERROR"}
        shown.append(formatted)
    return shown


def _cause(error: GraphQLError) -> Exception | None:
    """The exception behind an error; None where the error says it all itself."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause
