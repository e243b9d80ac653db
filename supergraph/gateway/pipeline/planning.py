"""Operation -> plan, for what the caller may see of it; kept by operation and by what the decision depended on."""

from supergraph.gateway.errors import Refusal, refuse_operation
from supergraph.gateway.executor import prepare, prepare_subscription
from supergraph.gateway.hooks import GraphQLRequest, Step, step
from supergraph.gateway.operation import Decision, PlannedOperation, PreparedOperation
from supergraph.gateway.pipeline.authorization import authorize
from supergraph.gateway.snapshot import Snapshot
from supergraph.planner import OperationKind, PlanningProblem, QueryPlan, plan_operation
from supergraph.spec import RequestCode


def plan_prepared(
    request: GraphQLRequest,
    prepared: PreparedOperation,
    decision: Decision,
    snapshot: Snapshot,
    *,
    incremental: bool = False,
) -> PlannedOperation | Refusal:
    """The plan for what was decided: once for all callers of whom the same is known that matters to the operation.

    `incremental`: the client takes an answer in parts.
    """
    incremental = incremental and prepared.defers
    key = ((request.query, request.operation_name), decision, incremental)
    known = snapshot.planned.get(key)
    if known is None:
        try:
            with step(Step.PLAN):
                known = _plan(prepared, decision, snapshot, incremental=incremental)
        except RecursionError:
            known = refuse_operation(
                RequestCode.OPERATION_LIMIT_EXCEEDED, "The operation is nested too deeply."
            )
        snapshot.planned.put(key, known, weight=len(request.query))
    return known


def _plan(
    prepared: PreparedOperation, decision: Decision, snapshot: Snapshot, *, incremental: bool
) -> PlannedOperation | Refusal:
    whole = prepared.normalized
    visible = authorize(whole, snapshot.supergraph, snapshot.access, prepared.access, decision)
    denials = tuple(visible.denials)
    rehearsed = decision.rehearsed and bool(denials)
    # In a rehearsal everything is fetched, and given at once: what would be denied is told of the answer as a whole.
    operation = whole if rehearsed else visible.operation
    plan = (
        QueryPlan(None)
        if operation is None
        else plan_operation(snapshot.query_graph, operation, incremental=incremental and not rehearsed)
    )
    if isinstance(plan, PlanningProblem):
        return refuse_operation(RequestCode.QUERY_PLANNING_FAILED, plan.message)
    # What is projected is all that the client asked: what was denied stands in it as null.
    make = prepare_subscription if whole.kind is OperationKind.SUBSCRIPTION else prepare
    executable = make(
        plan,
        whole,
        snapshot.execution,
        () if rehearsed else denials,
        rehearsed=denials if rehearsed else (),
    )
    return PlannedOperation(executable, operation is None, visible.denials)
