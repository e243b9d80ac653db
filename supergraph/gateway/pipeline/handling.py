"""The story of a request: bytes in, bytes out. Each step stands in the file of its name."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from supergraph.gateway.errors import ErrorCode, Refusal, refuse
from supergraph.gateway.executor import Disclosure
from supergraph.gateway.pipeline.execution import execute_planned
from supergraph.gateway.pipeline.http_request import (
    HttpRequest,
    MediaType,
    negotiate_media_type,
    read_graphql_request,
)
from supergraph.gateway.pipeline.http_response import (
    Executed,
    HttpResponse,
    render_executed,
    render_refusal,
)
from supergraph.gateway.pipeline.identity import Identity
from supergraph.gateway.pipeline.limits import Limits
from supergraph.gateway.pipeline.normalization import prepare_operation
from supergraph.gateway.pipeline.planning import plan_prepared
from supergraph.gateway.pipeline.variables import check_variables
from supergraph.gateway.snapshot import Snapshot
from supergraph.gateway.transport import SubgraphClient
from supergraph.planner import OperationKind
from supergraph.spec import ANONYMOUS

_log = structlog.stdlib.get_logger("dovetail.gateway")


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


async def handle(http: HttpRequest, pipeline: Pipeline) -> HttpResponse:
    """Answer one request. Whatever goes wrong is an answer too, a fault of our own included."""
    media_type = negotiate_media_type(http)
    if isinstance(media_type, Refusal):
        return render_refusal(media_type, MediaType.JSON)
    try:
        outcome = await _answer(http, pipeline)
    except Exception:  # noqa: BLE001 - the edge: whoever asks gets an answer, the log gets the fault
        _log.exception("a request met a fault of the gateway's own")
        outcome = refuse(500, "Something went wrong in the gateway.", ErrorCode.INTERNAL_SERVER_ERROR)
    if isinstance(outcome, Refusal):
        return render_refusal(outcome, media_type)
    return render_executed(outcome, media_type)


async def _answer(http: HttpRequest, pipeline: Pipeline) -> Executed | Refusal:
    request = read_graphql_request(http)
    if isinstance(request, Refusal):
        return request
    principal = ANONYMOUS if pipeline.identity is None else await pipeline.identity.identify(http)
    if isinstance(principal, Refusal):
        return principal
    snapshot = pipeline.snapshot()
    operation = prepare_operation(request, snapshot, pipeline.limits)
    if isinstance(operation, Refusal):
        return operation
    if request.read_only and operation.normalized.kind is not OperationKind.QUERY:
        return refuse(405, "Only queries may be asked by GET.", allow="POST")
    variables = check_variables(snapshot.api, operation.variables, request.variables, pipeline.limits)
    if isinstance(variables, Refusal):
        return variables
    planned = plan_prepared(request, operation, principal, snapshot)
    if isinstance(planned, Refusal):
        return planned
    return await execute_planned(planned, variables, principal, pipeline.client, pipeline.disclosure)
