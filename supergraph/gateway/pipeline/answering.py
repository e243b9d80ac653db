"""The story of one operation, however it came: from its text to what it brings. Each step stands in the file of its name."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.executor import Disclosure, ExecutionRequest, Subscription
from supergraph.gateway.hooks import GraphQLRequest, HeaderLines, HttpRequest, RequestRecord, current_record
from supergraph.gateway.open_streams import OpenStreams
from supergraph.gateway.pipeline.access_control import AccessControl
from supergraph.gateway.pipeline.client_address import Address
from supergraph.gateway.pipeline.continuing import OpenSubscription, ReadyOperation
from supergraph.gateway.pipeline.cost import check_cost, tell_cost
from supergraph.gateway.pipeline.denials import DenialReport
from supergraph.gateway.pipeline.errands import ErrandOperations, find_declared
from supergraph.gateway.pipeline.execution import (
    carry_out,
    execute_planned,
    execute_planned_in_parts,
    subscribe_planned,
)
from supergraph.gateway.pipeline.http_response import Executed
from supergraph.gateway.pipeline.http_rules import HttpRules
from supergraph.gateway.pipeline.identity import NOBODY, Caller, Identity, read_credential, while_allowed
from supergraph.gateway.pipeline.introspection import SchemaDisclosure, check_introspection
from supergraph.gateway.pipeline.limits import LimitPolicy, report_excess
from supergraph.gateway.pipeline.normalization import prepare_operation
from supergraph.gateway.pipeline.persisted import PersistedOperations, find_document
from supergraph.gateway.pipeline.planning import plan_prepared
from supergraph.gateway.pipeline.rate_limit import RateLimiter
from supergraph.gateway.pipeline.result_stream import PartStream, ResultStream, WaitingRoom
from supergraph.gateway.pipeline.sharing import SharedQueries
from supergraph.gateway.pipeline.variables import check_variables
from supergraph.gateway.pipeline.watching import UNWATCHED, Watch
from supergraph.gateway.snapshot import Snapshot, TenantSnapshots
from supergraph.gateway.transport.operation_deadline import OperationDeadlines
from supergraph.planner import OperationKind
from supergraph.spec import RequestCode

_NEEDS_STREAM: Final = refuse(
    406,
    "A subscription is answered by a stream: send `accept: text/event-stream` or "
    "`accept: multipart/mixed;subscriptionSpec=1.0`, or open a WebSocket for graphql-transport-ws.",
    RequestCode.OPERATION_NOT_SUPPORTED,
)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What requests are answered with. `snapshot` gives the present one: a request ends with the one it began with.

    Without `identity` everybody is anonymous; a gateway whose graph asks for more does not start without it. Where there
    are `tenants` they have snapshots of their own, and nobody is asked for the one of all.
    """

    snapshot: Callable[[], Snapshot]
    identity: Identity | None
    access: AccessControl
    limits: LimitPolicy
    disclosure: Disclosure
    streams: OpenStreams
    waiting_room: WaitingRoom
    http: HttpRules
    persisted: PersistedOperations
    schema: SchemaDisclosure
    deadlines: OperationDeadlines
    rates: RateLimiter | None = None
    watch: Watch = UNWATCHED
    tenants: TenantSnapshots | None = None
    shared: SharedQueries | None = None
    errands: ErrandOperations | None = None


async def identify(headers: HeaderLines, pipeline: Pipeline) -> Caller | Refusal:
    """Who asks, by the headers, or by what stands for them."""
    if pipeline.identity is None:
        return NOBODY
    credential = read_credential(headers)
    return credential if isinstance(credential, Refusal) else await pipeline.identity.identify(credential)


def address_of(http: HttpRequest, pipeline: Pipeline) -> Address | None:
    """By what address those are counted who are not signed in; None where nobody is."""
    return None if pipeline.rates is None else pipeline.rates.address(http)


async def answer(
    request: GraphQLRequest,
    caller: Caller,
    pipeline: Pipeline,
    *,
    can_stream: bool,
    takes_parts: bool = False,
    address: Address | None = None,
) -> Executed | ResultStream | Refusal:
    """From an operation's text to what it brings; from a subscription's to a stream, which whoever gets it closes.

    An operation with `@defer` comes to a stream of its parts for those who take it so; others have it in one piece.
    """
    if pipeline.rates is not None and (refusal := await pipeline.rates.admit(caller.principal, address)):
        return refusal
    is_errand = caller.principal.errand is not None
    if is_errand or request.persisted_id is not None or pipeline.persisted.looks_at_texts:
        found = (
            find_declared(request, caller.principal, pipeline.errands)
            if is_errand
            else await find_document(request, pipeline.persisted)
        )
        if isinstance(found, Refusal):
            return found
        request = found
    # Held to the end: what follows from it is taken apart when nobody holds it any more.
    current = (
        pipeline.snapshot()
        if pipeline.tenants is None
        else await pipeline.tenants.snapshot_of(caller.principal.tenant)
    )
    if isinstance(current, Refusal):
        return current
    record = current_record()
    ready = await _make_ready(
        request, caller, pipeline, current, record, can_stream=can_stream, takes_parts=takes_parts
    )
    if isinstance(ready, Refusal):
        return ready
    if pipeline.rates is not None and (refusal := await pipeline.rates.charge(caller.principal, ready.cost)):
        return refusal
    if isinstance(ready.executable, Subscription):
        return await _open(request, caller, pipeline, current, record, ready)
    defer = ready.executable.defer(ready.execution.variables)
    if defer is not None:
        parts = execute_planned_in_parts(ready.executable, ready.execution, defer, ready.report)
        return PartStream(parts, keeps=(current, ready.snapshot))
    if pipeline.shared is not None and ready.report is None and not ready.is_mutation:
        told = () if pipeline.watch.sent is None else record.headers
        executed = await pipeline.shared.execute(ready.executable, ready.execution, told)
    else:
        execution = execute_planned(ready.executable, ready.execution, ready.report)
        executed = await (
            carry_out(execution, keeps=(current, ready.snapshot)) if ready.is_mutation else execution
        )
    if pipeline.limits.everybody.cost_in_extensions:
        return tell_cost(executed, ready.cost, pipeline.limits.of(caller.principal))
    return executed


async def _make_ready(
    request: GraphQLRequest,
    caller: Caller,
    pipeline: Pipeline,
    current: Snapshot,
    record: RequestRecord,
    *,
    can_stream: bool,
    takes_parts: bool = False,
) -> ReadyOperation | Refusal:
    """All that comes before a subgraph is asked. `current` must be held for as long as what is ready is used."""
    snapshot = pipeline.access.seen_by(caller.principal, current)
    limits = pipeline.limits.of(caller.principal)
    suggestions = pipeline.schema.suggestions
    operation = prepare_operation(request, snapshot, limits, suggestions=suggestions)
    if isinstance(operation, Refusal):
        return operation
    pipeline.watch.known(record, operation.facts)
    if operation.excess:
        report_excess(operation.excess, limits)
    kind = operation.normalized.kind
    if kind is OperationKind.MUTATION and request.read_only:
        return refuse(405, "A mutation may not be asked by GET.", allow="POST")
    if kind is OperationKind.SUBSCRIPTION and not can_stream:
        return _NEEDS_STREAM
    if operation.introspects and (refusal := check_introspection(caller.principal, pipeline.schema)):
        return refusal
    variables = check_variables(
        snapshot.api, operation.variables, request.variables, limits, suggestions=suggestions
    )
    if isinstance(variables, Refusal):
        return variables
    cost = check_cost(operation.cost, variables, limits)
    if isinstance(cost, Refusal):
        return cost
    decision = await pipeline.access.decide(operation, variables, caller.principal, snapshot)
    planned = plan_prepared(request, operation, decision, snapshot, incremental=takes_parts)
    if isinstance(planned, Refusal):
        return planned
    client = pipeline.watch.subgraphs(current.client, record)
    execution = ExecutionRequest(
        # A subscription has all the time there is; one of which nothing is left is answered at once.
        client if isinstance(planned.executable, Subscription) else pipeline.deadlines.limit(client),
        variables,
        caller.principal,
        pipeline.disclosure,
        tells_schema=pipeline.schema.is_for(caller.principal),
    )
    report: DenialReport | None = None
    if planned.denials:
        record.denials, record.is_rehearsal = len(planned.denials), decision.rehearsed
        told = await pipeline.access.report(planned, operation, variables, caller.principal, snapshot)
        if isinstance(told, Refusal):
            return told
        report, execution = told, replace(execution, tell_denial=told.tell)
    still_granted = None
    if kind is OperationKind.SUBSCRIPTION:
        still_granted = pipeline.access.still_granted(
            decision, operation, variables, caller.principal, snapshot
        )
    is_mutation = kind is OperationKind.MUTATION
    return ReadyOperation(planned.executable, execution, report, still_granted, snapshot, cost, is_mutation)


async def _open(
    request: GraphQLRequest,
    caller: Caller,
    pipeline: Pipeline,
    current: Snapshot,
    record: RequestRecord,
    ready: ReadyOperation,
) -> ResultStream | Refusal:
    tenant = caller.principal.tenant
    refusal = pipeline.streams.admit(tenant)
    if refusal is not None:
        return refusal

    async def again(snapshot: Snapshot) -> ReadyOperation | Refusal:
        return await _make_ready(request, caller, pipeline, snapshot, record, can_stream=True)

    subscription = OpenSubscription(ready, current, again)
    stop_watching: Callable[[], None] | None = None

    def ended() -> None:
        if stop_watching is not None:
            stop_watching()
        pipeline.streams.release(tenant)
        pipeline.streams.ended(subscription)
        subscription.ended()

    def end(reason: Refusal) -> None:
        stream.end(reason)

    results = subscribe_planned(subscription.live, subscription.access)
    identity = pipeline.identity
    if identity is not None:
        results = while_allowed(results, lambda: identity.review(caller), end)
    stream = ResultStream(results, pipeline.waiting_room, ended)
    if identity is not None:
        stop_watching = identity.watch(caller, stream.end)
    subscription.begun(stream)
    pipeline.streams.opened(subscription, tenant)
    present = pipeline.snapshot() if pipeline.tenants is None else pipeline.tenants.present(tenant)
    if present is not None and present is not current:
        # Another one was swapped in while this was made ready, and has told all whom it knew of.
        await subscription.continue_on(present)
    return stream
