"""Document -> NormalizedOperation of the operation to run; and all the steps before it, whose outcome is kept."""

from graphql import DocumentNode, OperationDefinitionNode

from supergraph.gateway.errors import Refusal, refuse_operation
from supergraph.gateway.executor import has_deferrals
from supergraph.gateway.hooks import GraphQLRequest, OperationFacts, Step, step
from supergraph.gateway.operation import PreparedOperation
from supergraph.gateway.pipeline.authorization import relevant_access
from supergraph.gateway.pipeline.cost import exceeded_cost
from supergraph.gateway.pipeline.cost_estimation import estimate_cost
from supergraph.gateway.pipeline.introspection import introspects
from supergraph.gateway.pipeline.limits import Limits, exceeded, refuse_excess
from supergraph.gateway.pipeline.operation_size import measure_document
from supergraph.gateway.pipeline.parsing import parse_document
from supergraph.gateway.pipeline.validation import validate_document
from supergraph.gateway.pipeline.variables import read_variable_rules
from supergraph.gateway.snapshot import Snapshot
from supergraph.planner import NormalizedOperation, PlanningCode, PlanningProblem, normalize
from supergraph.spec import RequestCode


def prepare_operation(
    request: GraphQLRequest, snapshot: Snapshot, limits: Limits, *, suggestions: bool = False
) -> PreparedOperation | Refusal:
    """From the document's text to an operation in canonical form, once per text and name.

    Refusals are kept as well: a client that repeats its mistake shall not cost a validation each time.
    """
    # What a limit let through or refused holds for those who are measured by the same limits.
    key = (request.query, request.operation_name, limits.profile)
    known = snapshot.prepared.get(key)
    if known is None:
        try:
            known = _prepare(request, snapshot, limits, suggestions=suggestions)
        except RecursionError:
            known = refuse_operation(
                RequestCode.OPERATION_LIMIT_EXCEEDED, "The operation is nested too deeply."
            )
        snapshot.prepared.put(key, known, weight=len(request.query))
    return known


def _prepare(
    request: GraphQLRequest, snapshot: Snapshot, limits: Limits, *, suggestions: bool
) -> PreparedOperation | Refusal:
    with step(Step.PARSE):
        document = parse_document(request.query, limits)
    if isinstance(document, Refusal):
        return document
    size = measure_document(document)
    excess = exceeded(size.largest, limits)
    refusal = refuse_excess(excess, limits)
    if refusal is None:
        with step(Step.VALIDATE):
            refusal = validate_document(snapshot.api, document, suggestions=suggestions)
    if refusal is not None:
        return refusal
    normalized = normalize(snapshot.api, document, request.operation_name)
    if isinstance(normalized, PlanningProblem):
        unknown = normalized.code is PlanningCode.UNKNOWN_OPERATION
        return refuse_operation(
            RequestCode.OPERATION_RESOLUTION_FAILURE if unknown else RequestCode.OPERATION_LIMIT_EXCEEDED,
            normalized.message,
        )
    cost = estimate_cost(normalized, snapshot.supergraph, snapshot.costs, limits.list_size)
    excess += exceeded_cost(cost, limits)
    return refuse_excess(excess, limits) or PreparedOperation(
        normalized,
        read_variable_rules(snapshot.api, _definition(document, normalized).variable_definitions or ()),
        relevant_access(normalized, snapshot.supergraph, snapshot.access),
        OperationFacts(normalized.name, normalized.kind.value, request.query, snapshot.api),
        has_deferrals(normalized.selections),
        size.operations[normalized.name],
        cost,
        tuple(excess),
        introspects(normalized.selections),
    )


def _definition(document: DocumentNode, normalized: NormalizedOperation) -> OperationDefinitionNode:
    return next(
        each
        for each in document.definitions
        if isinstance(each, OperationDefinitionNode)
        and (each.name.value if each.name else None) == normalized.name
    )
