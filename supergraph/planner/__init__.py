"""Operation + supergraph -> plan."""

from supergraph.planner.batch import plan_batch_line
from supergraph.planner.document import PlanningSchema, plan_document, read_planning_schema
from supergraph.planner.operation.model import (
    ArgumentValue,
    Deferral,
    FieldSelection,
    FragmentSelection,
    NormalizedOperation,
    OperationKind,
    Selection,
    VariableDefinition,
)
from supergraph.planner.operation.model import Condition as SelectionCondition
from supergraph.planner.operation.normalization import normalize
from supergraph.planner.operation.problem import PlanningCode, PlanningProblem
from supergraph.planner.path_search.budget import Budget
from supergraph.planner.plan.codec import plan_from_json, plan_to_json
from supergraph.planner.plan.measures import count_fetches, longest_chain
from supergraph.planner.plan.nodes import (
    BatchFetch,
    Condition,
    ContextValue,
    Defer,
    Deferred,
    EachItem,
    EntityGroup,
    Fetch,
    FetchPath,
    Parallel,
    PlanNode,
    QueryPlan,
    RenameKey,
    RenameType,
    RequiredField,
    RequiredFragment,
    RequiredSelection,
    Sequence,
    Step,
    Subscribe,
)
from supergraph.planner.plan.rendering import render_plan
from supergraph.planner.planning import explain_operation, plan_operation
from supergraph.planner.query_graph.building import build_query_graph
from supergraph.planner.query_graph.field_sets import (
    FieldSet,
    SetField,
    SetFragment,
    SetSelection,
    read_field_set,
)
from supergraph.planner.query_graph.model import (
    DowncastEdge,
    FieldEdge,
    KeyEdge,
    Node,
    NodeKind,
    OverrideCondition,
    QueryGraph,
    RootEdge,
)
from supergraph.planner.query_graph.rendering import render_query_graph

__all__ = [
    "ArgumentValue",
    "BatchFetch",
    "Budget",
    "Condition",
    "ContextValue",
    "Defer",
    "Deferral",
    "Deferred",
    "DowncastEdge",
    "EachItem",
    "EntityGroup",
    "Fetch",
    "FetchPath",
    "FieldEdge",
    "FieldSelection",
    "FieldSet",
    "FragmentSelection",
    "KeyEdge",
    "Node",
    "NodeKind",
    "NormalizedOperation",
    "OperationKind",
    "OverrideCondition",
    "Parallel",
    "PlanNode",
    "PlanningCode",
    "PlanningProblem",
    "PlanningSchema",
    "QueryGraph",
    "QueryPlan",
    "RenameKey",
    "RenameType",
    "RequiredField",
    "RequiredFragment",
    "RequiredSelection",
    "RootEdge",
    "Selection",
    "SelectionCondition",
    "Sequence",
    "SetField",
    "SetFragment",
    "SetSelection",
    "Step",
    "Subscribe",
    "VariableDefinition",
    "build_query_graph",
    "count_fetches",
    "explain_operation",
    "longest_chain",
    "normalize",
    "plan_batch_line",
    "plan_document",
    "plan_from_json",
    "plan_operation",
    "plan_to_json",
    "read_field_set",
    "read_planning_schema",
    "render_plan",
    "render_query_graph",
]
