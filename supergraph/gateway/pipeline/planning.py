"""Operation -> plan, for what the caller may see of it; kept by operation and by what the decision depended on."""

from supergraph.gateway.errors import ErrorCode, Refusal, refuse_operation
from supergraph.gateway.executor import prepare, prepare_subscription
from supergraph.gateway.operation import GraphQLRequest, PlannedOperation, PreparedOperation
from supergraph.gateway.pipeline.authorization import authorize, decide_by
from supergraph.gateway.snapshot import Snapshot
from supergraph.planner import OperationKind, PlanningProblem, QueryPlan, plan_operation
from supergraph.spec import Principal


def plan_prepared(
    request: GraphQLRequest,
    prepared: PreparedOperation,
    principal: Principal,
    snapshot: Snapshot,
    *,
    incremental: bool = False,
) -> PlannedOperation | Refusal:
    """The plan for this caller: once for all callers of whom the same is known that matters to the operation.

    `incremental`: the client takes an answer in parts.
    """
    incremental = incremental and prepared.defers
    key = ((request.query, request.operation_name), decide_by(prepared.access, principal), incremental)
    known = snapshot.planned.get(key)
    if known is None:
        try:
            known = _plan(prepared, principal, snapshot, incremental=incremental)
        except RecursionError:
            known = refuse_operation(
                ErrorCode.OPERATION_LIMIT_EXCEEDED, "The operation is nested too deeply."
            )
        snapshot.planned.put(key, known, weight=len(request.query))
    return known


def _plan(
    prepared: PreparedOperation, principal: Principal, snapshot: Snapshot, *, incremental: bool
) -> PlannedOperation | Refusal:
    visible = authorize(prepared.normalized, snapshot.supergraph, snapshot.access, principal)
    plan = (
        QueryPlan(None)
        if visible.operation is None
        else plan_operation(snapshot.query_graph, visible.operation, incremental=incremental)
    )
    if isinstance(plan, PlanningProblem):
        return refuse_operation(ErrorCode.QUERY_PLANNING_FAILED, plan.message)
    # What is projected is all that the client asked: what was denied stands in it as null.
    make = prepare_subscription if prepared.normalized.kind is OperationKind.SUBSCRIPTION else prepare
    executable = make(plan, prepared.normalized, snapshot.execution, visible.denials)
    return PlannedOperation(executable, is_denied=visible.operation is None)
