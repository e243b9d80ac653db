"""The story of a request: bytes in, bytes out. Each step stands in the file of its name."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from supergraph.gateway.errors import ErrorCode, Refusal, refuse
from supergraph.gateway.executor import Disclosure, ExecutionRequest, Subscription
from supergraph.gateway.open_streams import OpenStreams
from supergraph.gateway.operation import GraphQLRequest
from supergraph.gateway.pipeline.execution import (
    execute_planned,
    execute_planned_in_parts,
    subscribe_planned,
)
from supergraph.gateway.pipeline.http_request import (
    Accepted,
    HttpRequest,
    MediaType,
    StreamType,
    negotiate,
    read_graphql_request,
)
from supergraph.gateway.pipeline.http_response import (
    Executed,
    HttpResponse,
    encode_result,
    render_executed,
    render_refusal,
)
from supergraph.gateway.pipeline.http_stream import StreamedResponse, render_single, stream_results
from supergraph.gateway.pipeline.identity import NOBODY, Caller, Identity
from supergraph.gateway.pipeline.limits import Limits
from supergraph.gateway.pipeline.normalization import prepare_operation
from supergraph.gateway.pipeline.planning import plan_prepared
from supergraph.gateway.pipeline.result_stream import PartStream, ResultStream, WaitingRoom
from supergraph.gateway.pipeline.variables import check_variables
from supergraph.gateway.snapshot import Snapshot
from supergraph.gateway.transport import SubgraphClient
from supergraph.planner import OperationKind

_log = structlog.stdlib.get_logger("dovetail.gateway")

FAULT: Final = refuse(500, "Something went wrong in the gateway.", ErrorCode.INTERNAL_SERVER_ERROR)
_NEEDS_STREAM: Final = refuse(
    406,
    "A subscription is answered by a stream: send `accept: text/event-stream` or "
    "`accept: multipart/mixed;subscriptionSpec=1.0`, or open a WebSocket for graphql-transport-ws.",
    ErrorCode.OPERATION_NOT_SUPPORTED,
)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What requests are answered with. `snapshot` gives the present one: a request ends with the one it began with.

    Without `identity` everybody is anonymous; a gateway whose graph asks for more does not start without it.
    """

    snapshot: Callable[[], Snapshot]
    client: SubgraphClient
    identity: Identity | None
    limits: Limits
    disclosure: Disclosure
    streams: OpenStreams
    waiting_room: WaitingRoom


async def handle(http: HttpRequest, pipeline: Pipeline) -> HttpResponse | StreamedResponse:
    """Answer one request over HTTP. Whatever goes wrong is an answer too, a fault of our own included."""
    accepted = negotiate(http)
    if isinstance(accepted, Refusal):
        return render_refusal(accepted, MediaType.JSON)
    caller = NOBODY
    outcome: Executed | ResultStream | Refusal
    try:
        request = read_graphql_request(http)
        if isinstance(request, Refusal):
            outcome = request
        else:
            found = await identify(http.header(b"authorization"), pipeline)
            if isinstance(found, Refusal):
                outcome = found
            else:
                caller = found
                outcome = await answer(
                    request,
                    caller,
                    pipeline,
                    can_stream=accepted.stream is not None,
                    takes_parts=accepted.increments,
                )
    except Exception:  # noqa: BLE001 - the edge: whoever asks gets an answer, the log gets the fault
        _log.exception("a request met a fault of the gateway's own")
        outcome = FAULT
    return _render(outcome, accepted, caller)


async def identify(authorization: bytes | None, pipeline: Pipeline) -> Caller | Refusal:
    """Who asks, by the value of the header `authorization`, or by what stands for it."""
    return NOBODY if pipeline.identity is None else await pipeline.identity.identify(authorization)


async def answer(
    request: GraphQLRequest,
    caller: Caller,
    pipeline: Pipeline,
    *,
    can_stream: bool,
    takes_parts: bool = False,
) -> Executed | ResultStream | Refusal:
    """From an operation's text to what it brings; from a subscription's to a stream, which whoever gets it closes.

    An operation with `@defer` comes to a stream of its parts for those who take it so; others have it in one piece.
    """
    snapshot = pipeline.snapshot()
    operation = prepare_operation(request, snapshot, pipeline.limits)
    if isinstance(operation, Refusal):
        return operation
    kind = operation.normalized.kind
    if kind is OperationKind.MUTATION and request.read_only:
        return refuse(405, "A mutation may not be asked by GET.", allow="POST")
    if kind is OperationKind.SUBSCRIPTION and not can_stream:
        return _NEEDS_STREAM
    variables = check_variables(snapshot.api, operation.variables, request.variables, pipeline.limits)
    if isinstance(variables, Refusal):
        return variables
    planned = plan_prepared(request, operation, caller.principal, snapshot, incremental=takes_parts)
    if isinstance(planned, Refusal):
        return planned
    execution = ExecutionRequest(pipeline.client, variables, caller.principal, pipeline.disclosure)
    if isinstance(planned.executable, Subscription):
        return _open(planned.executable, execution, pipeline)
    defer = planned.executable.defer(variables)
    if defer is not None:
        return PartStream(execute_planned_in_parts(planned.executable, execution, defer))
    return await execute_planned(planned.executable, execution, is_denied=planned.is_denied)


def _open(
    subscription: Subscription, execution: ExecutionRequest, pipeline: Pipeline
) -> ResultStream | Refusal:
    tenant = execution.principal.tenant
    refusal = pipeline.streams.admit(tenant)
    if refusal is not None:
        return refusal
    return ResultStream(
        subscribe_planned(subscription, execution),
        pipeline.waiting_room,
        ended=lambda: pipeline.streams.release(tenant),
    )


def _render(
    outcome: Executed | ResultStream | Refusal, accepted: Accepted, caller: Caller
) -> HttpResponse | StreamedResponse:
    if isinstance(outcome, PartStream):
        # A query that has begun is answered to its end.
        return stream_results(outcome, StreamType.INCREMENTS, until=None)
    if isinstance(outcome, ResultStream):
        assert accepted.stream is not None, "a stream is made for those who take one"
        return stream_results(outcome, accepted.stream, caller.until)
    if isinstance(outcome, Refusal):
        # Clients of event streams see nothing of an answer with another status, so they are told within the stream.
        if accepted.answer is None and accepted.stream is StreamType.EVENT_STREAM and outcome.is_graphql:
            return render_single(outcome, accepted.stream)
        return render_refusal(outcome, accepted.answer or MediaType.JSON)
    if accepted.answer is None and accepted.increments:
        return render_single(encode_result(replace(outcome, has_next=False)), StreamType.INCREMENTS)
    if accepted.answer is None and accepted.stream is not None:
        return render_single(encode_result(outcome), accepted.stream)
    return render_executed(outcome, accepted.answer or MediaType.JSON)
