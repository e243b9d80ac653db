"""The story of a request over HTTP: bytes in, bytes out. What becomes of each operation stands in `answering.py`."""

from dataclasses import replace
from typing import Final

import structlog

from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.hooks import GraphQLRequest, HttpRequest, HttpResponse, RequestRecord, current_record
from supergraph.gateway.pipeline.answering import Pipeline, address_of, answer, identify
from supergraph.gateway.pipeline.batching import Measured, answer_batch
from supergraph.gateway.pipeline.http_request import (
    Accepted,
    Batch,
    MediaType,
    StreamType,
    negotiate,
    read_graphql_request,
)
from supergraph.gateway.pipeline.http_response import (
    Executed,
    encode_result,
    render_batch,
    render_executed,
    render_refusal,
)
from supergraph.gateway.pipeline.http_rules import admit, finish, headers_beside
from supergraph.gateway.pipeline.http_stream import StreamedResponse, render_single, stream_results
from supergraph.gateway.pipeline.identity import NOBODY, Caller
from supergraph.gateway.pipeline.normalization import prepare_operation
from supergraph.gateway.pipeline.persisted import find_document
from supergraph.gateway.pipeline.result_stream import PartStream, ResultStream
from supergraph.gateway.pipeline.variables import check_variables
from supergraph.gateway.pipeline.watching import note_outcome, with_returned_headers
from supergraph.planner import OperationKind
from supergraph.spec import RequestCode

_log = structlog.stdlib.get_logger("dovetail.gateway")

FAULT: Final = refuse(500, "Something went wrong in the gateway.", RequestCode.INTERNAL_SERVER_ERROR)
_NO_BATCHED_ERRAND: Final = refuse(
    403, "A subgraph asks one operation at a time for others.", RequestCode.OPERATION_NOT_DECLARED
)
_NO_STREAMED_BATCH: Final = refuse(
    406,
    "A batch is answered in one piece: `accept` must take application/json.",
    RequestCode.OPERATION_NOT_SUPPORTED,
)


async def handle(http: HttpRequest, pipeline: Pipeline) -> HttpResponse | StreamedResponse:
    """Answer one request over HTTP. Whatever goes wrong is an answer too, a fault of our own included."""
    beside = pipeline.http.fixed
    record = current_record()
    try:
        beside = headers_beside(http, pipeline.http)
        stopped = admit(http, pipeline.http)
        if isinstance(stopped, Refusal):
            response: HttpResponse | StreamedResponse = render_refusal(stopped, MediaType.JSON)
        else:
            response = stopped or await _respond(http, pipeline, record)
    except Exception:  # noqa: BLE001 - the edge: whoever asks gets an answer, the log gets the fault
        _log.exception("a request met a fault of the gateway's own")
        response = render_refusal(FAULT, MediaType.JSON)
    if record.response_headers and isinstance(response, HttpResponse):
        response = with_returned_headers(response, record.response_headers)
    return await finish(response, http, beside, pipeline.http)


async def _respond(
    http: HttpRequest, pipeline: Pipeline, record: RequestRecord
) -> HttpResponse | StreamedResponse:
    accepted = negotiate(http)
    if isinstance(accepted, Refusal):
        return render_refusal(accepted, MediaType.JSON)
    caller = NOBODY
    outcome: Executed | ResultStream | Refusal
    try:
        request = read_graphql_request(http, pipeline.http.batch_operations)
        if isinstance(request, Refusal):
            outcome = request
        else:
            found = await identify(http.headers, pipeline)
            if isinstance(found, Caller):
                pipeline.watch.identified(record, found)
            if isinstance(found, Refusal):
                outcome = found
            elif isinstance(request, Batch):
                return await _respond_to_batch(request, found, accepted, http, pipeline)
            else:
                caller = found
                outcome = await answer(
                    request,
                    caller,
                    pipeline,
                    can_stream=accepted.stream is not None,
                    takes_parts=accepted.increments,
                    address=address_of(http, pipeline),
                )
    except Exception:  # noqa: BLE001 - the edge: whoever asks gets an answer, the log gets the fault
        _log.exception("a request met a fault of the gateway's own")
        outcome = FAULT
    note_outcome(record, outcome)
    return _render(outcome, accepted, caller)


async def _respond_to_batch(
    batch: Batch, caller: Caller, accepted: Accepted, http: HttpRequest, pipeline: Pipeline
) -> HttpResponse:
    media_type = accepted.answer
    if media_type is None:
        return render_refusal(_NO_STREAMED_BATCH, MediaType.JSON)
    if caller.principal.errand is not None:
        return render_refusal(_NO_BATCHED_ERRAND, media_type)
    limits = pipeline.limits.of(caller.principal)
    address = address_of(http, pipeline)
    record = current_record()

    async def measure(request: GraphQLRequest) -> Measured | Refusal:
        found = await find_document(request, pipeline.persisted)
        if isinstance(found, Refusal):
            return found
        tenants = pipeline.tenants
        current = (
            pipeline.snapshot() if tenants is None else await tenants.snapshot_of(caller.principal.tenant)
        )
        if isinstance(current, Refusal):
            return current
        snapshot = pipeline.access.seen_by(caller.principal, current)
        suggestions = pipeline.schema.suggestions
        operation = prepare_operation(found, snapshot, limits, suggestions=suggestions)
        if isinstance(operation, Refusal):
            return operation
        variables = check_variables(
            snapshot.api, operation.variables, found.variables, limits, suggestions=suggestions
        )
        if isinstance(variables, Refusal):
            return variables
        cost, _ = operation.cost.cost(variables)
        is_mutation = operation.normalized.kind is OperationKind.MUTATION
        return Measured(request, operation.size, cost, changes=is_mutation)

    async def measure_one(request: GraphQLRequest) -> Measured | Refusal:
        measured = await measure(request)
        if isinstance(measured, Refusal):
            pipeline.watch.refused_item(record, measured)
        return measured

    async def answer_one(request: GraphQLRequest) -> Executed | Refusal:
        item = pipeline.watch.begin_item(record)
        outcome = await answer(request, caller, pipeline, can_stream=False, address=address)
        note_outcome(item, outcome)
        pipeline.watch.ended(item)
        assert not isinstance(outcome, ResultStream), "a stream is made for those who take one"
        return outcome

    outcomes = await answer_batch(batch, measure_one, answer_one, limits)
    if isinstance(outcomes, Refusal):
        note_outcome(record, outcomes)
        return render_refusal(outcomes, media_type)
    return render_batch(outcomes, media_type)


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
