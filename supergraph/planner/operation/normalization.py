"""Document -> NormalizedOperation: the canonical form that authorization, planning and projection share.

One walk does it all: fragments are written in place, constant conditions resolved, conditions of fragments pushed
to their fields, fragments dropped that can never apply, and fields of one response key merged into the first that is
asked whenever they are. The order of the response (specification, CollectFields) is kept.
"""

from collections.abc import Iterable
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    print_ast,
)

from supergraph.planner.operation.arguments import print_value
from supergraph.planner.operation.directives import (
    Conditions,
    Deferred,
    read_conditions,
    read_defer,
    read_passed_on,
)
from supergraph.planner.operation.model import (
    Deferral,
    FieldSelection,
    FragmentSelection,
    NormalizedOperation,
    OperationKind,
    Selection,
    VariableDefinition,
)
from supergraph.planner.operation.problem import PlanningCode, PlanningProblem, PlanningStoppedError
from supergraph.planner.operation.scopes import FieldScope, Held, Scope
from supergraph.spec import FieldName, Literal, TypeName, read_type_reference

MOST_SELECTIONS: Final = 50_000
"""Selections that an operation may have once its fragments are written out. Real ones have hundreds."""

_INTROSPECTION: Final = frozenset({"__typename", "__schema", "__type"})
_TYPENAME: Final = "__typename"


def normalize(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None = None,
    most_selections: int = MOST_SELECTIONS,
) -> NormalizedOperation | PlanningProblem:
    """The operation of a document that is valid against `schema`, in canonical form.

    A problem where no such operation is in the document, or where it would grow beyond `most_selections`.
    """
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    chosen = _choose(operations, operation_name)
    if isinstance(chosen, PlanningProblem):
        return chosen
    kind = OperationKind(chosen.operation.value)
    root = schema.get_root_type(chosen.operation)
    if root is None:
        return PlanningProblem(PlanningCode.UNKNOWN_OPERATION, f"this schema has no {kind.value} operations")
    walk = _Walk(schema, document, most_selections)
    # Validation refuses to defer fields that have effects, but for those of a fragment within a fragment it does not look.
    walk.at_once = None if kind is OperationKind.QUERY else root
    try:
        selections = walk.selection_set([(chosen.selection_set, ())], root, ())
        if walk.private_key is not None and walk.deferrals:
            # Parts are put together by the keys of the tree, which are then not the client's: all is answered at once.
            walk = _Walk(schema, document, most_selections)
            walk.defers = False
            selections = walk.selection_set([(chosen.selection_set, ())], root, ())
    except PlanningStoppedError as stopped:
        return stopped.problem
    except RecursionError:
        return PlanningProblem(PlanningCode.OPERATION_TOO_LARGE, "the operation is nested too deeply")
    return NormalizedOperation(
        kind=kind,
        root_type=TypeName(root.name),
        selections=selections,
        name=chosen.name.value if chosen.name else None,
        variables=_variables(chosen, walk.variables),
    )


def _choose(
    operations: list[OperationDefinitionNode], name: str | None
) -> OperationDefinitionNode | PlanningProblem:
    if name is None or name == "":
        if len(operations) == 1:
            return operations[0]
        why = (
            "the document has no operation" if not operations else "several operations: say which by its name"
        )
        return PlanningProblem(PlanningCode.UNKNOWN_OPERATION, why)
    found = next((each for each in operations if each.name and each.name.value == name), None)
    return found or PlanningProblem(PlanningCode.UNKNOWN_OPERATION, f"no operation named {name!r}")


def _variables(operation: OperationDefinitionNode, used: set[str]) -> tuple[VariableDefinition, ...]:
    return tuple(
        VariableDefinition(
            node.variable.name.value,
            read_type_reference(print_ast(node.type)),
            Literal(print_value(node.default_value, [])) if node.default_value else None,
        )
        for node in operation.variable_definitions or ()
        if node.variable.name.value in used
    )


class _Walk:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, most_selections: int) -> None:
        self.schema = schema
        self.fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self.most_selections = most_selections
        self.left = most_selections
        self.variables: set[str] = set()
        self.possible: dict[str, frozenset[str]] = {}
        self.deferrals = 0
        self.defers = True
        self.document = document
        self.private_key: str | None = None
        self.at_once: GraphQLCompositeType | None = None

    def selection_set(
        self, nodes: Iterable[Held], scope_type: GraphQLCompositeType, known: Conditions
    ) -> tuple[Selection, ...]:
        scope = Scope(scope_type, known)
        for node, conditions in nodes:
            self.collect(node, scope, conditions)
        return self.finish(scope)

    def finish(self, scope: Scope) -> tuple[Selection, ...]:
        found: list[Selection] = []
        for entry in scope.entries:
            if isinstance(entry, Scope):
                inner = self.finish(entry)
                if inner:
                    self.variables.update(each.variable for each in entry.conditions)
                    if entry.deferral is not None and entry.deferral.variable is not None:
                        self.variables.add(entry.deferral.variable)
                    name = None if entry.type is scope.type else TypeName(entry.type.name)
                    found.append(FragmentSelection(name, entry.conditions, inner, entry.deferral))
                continue
            for condition in entry.conditions:
                self.variables.add(condition.variable)
            for value in (*entry.arguments, *entry.directives):
                self.variables.update(value.variables)
            inner = ()
            if entry.target is not None:
                known = (*scope.known, *entry.conditions) if entry.conditions else scope.known
                inner = self.selection_set(entry.nodes, entry.target, known)
            misleading = entry.key == _TYPENAME and self.is_misleading(entry, scope)
            found.append(
                FieldSelection(
                    self.key_of_its_own() if misleading else entry.key,
                    FieldName(entry.name),
                    entry.arguments,
                    entry.conditions,
                    entry.directives,
                    inner,
                    entry.key if misleading else None,
                )
            )
        return tuple(found)

    def is_misleading(self, entry: FieldScope, scope: Scope) -> bool:
        """Whether a field called `__typename` is another one. What is said of the schema itself never meets ours."""
        return entry.name not in _INTROSPECTION and not scope.type.name.startswith("__")

    def key_of_its_own(self) -> str:
        """A key that nothing in the document bears."""
        if self.private_key is None:
            text, number = print_ast(self.document), 1
            while f"_{number}_typename" in text:
                number += 1
            self.private_key = f"_{number}_typename"
        return self.private_key

    def collect(self, selection_set: SelectionSetNode, scope: Scope, conditions: Conditions) -> None:
        for node in selection_set.selections:
            self.left -= 1
            if self.left < 0:
                raise PlanningStoppedError(
                    PlanningCode.OPERATION_TOO_LARGE,
                    f"the operation selects more than {self.most_selections} fields once fragments are written out",
                )
            held = conditions
            if node.directives:
                met = read_conditions(node.directives, conditions, scope.known)
                if met is None:
                    continue
                held = met
            if isinstance(node, FieldNode):
                self.field(node, scope, held)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                name = condition.name.value if condition else None
                self.fragment(name, node.selection_set, scope, held, read_defer(node.directives))
            elif isinstance(node, FragmentSpreadNode):
                deferred = read_defer(node.directives)
                mark = (node.name.value, held, deferred)
                if mark in scope.seen:
                    continue
                scope.seen.add(mark)
                fragment = self.fragments[node.name.value]
                name = fragment.type_condition.name.value
                self.fragment(name, fragment.selection_set, scope, held, deferred)

    def fragment(
        self,
        name: str | None,
        selection_set: SelectionSetNode,
        scope: Scope,
        conditions: Conditions,
        deferred: Deferred | None,
    ) -> None:
        narrowed = self.narrowed(name, scope.type)
        if narrowed is None:
            return
        if narrowed is self.at_once or not self.defers:
            deferred = None
        if narrowed is scope.type and deferred is None:
            self.collect(selection_set, scope, conditions)
            return
        last = scope.entries[-1] if scope.entries else None
        if deferred is not None:
            self.deferrals += 1
            deferral = Deferral(self.deferrals, deferred.label, deferred.variable)
            inner = Scope(narrowed, scope.known, deferral, conditions)
            scope.add(inner)
        elif isinstance(last, Scope) and last.type is narrowed and last.deferral is None:
            inner = last
        else:
            inner = Scope(narrowed, scope.known)
            scope.add(inner)
        self.collect(selection_set, inner, conditions)
        scope.open.update(dict.fromkeys(inner.open))

    def narrowed(self, name: str | None, scope_type: GraphQLCompositeType) -> GraphQLCompositeType | None:
        """The type that a fragment's fields are asked of: the scope's own unless it is narrower; None where none fits."""
        if name is None or name == scope_type.name:
            return scope_type
        named = self.schema.get_type(name)
        assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
        ours, theirs = self.possible_types(scope_type), self.possible_types(named)
        if ours <= theirs and self.implements(scope_type, named):
            return scope_type
        return named if ours & theirs else None

    def implements(self, scope_type: GraphQLCompositeType, abstract: GraphQLCompositeType) -> bool:
        """Whether whatever may be selected on `abstract` may be selected on `scope_type` as well."""
        return isinstance(scope_type, GraphQLObjectType) or (
            isinstance(scope_type, GraphQLInterfaceType)
            and (
                isinstance(abstract, GraphQLUnionType)
                or (isinstance(abstract, GraphQLInterfaceType) and abstract in scope_type.interfaces)
            )
        )

    def possible_types(self, named: GraphQLCompositeType) -> frozenset[str]:
        found = self.possible.get(named.name)
        if found is None:
            if isinstance(named, GraphQLObjectType):
                found = frozenset({named.name})
            else:
                found = frozenset(each.name for each in self.schema.get_possible_types(named))
            self.possible[named.name] = found
        return found

    def field(self, node: FieldNode, scope: Scope, conditions: Conditions) -> None:
        key = node.alias.value if node.alias else node.name.value
        passed_on = read_passed_on(node.directives) if node.directives else ()
        found = None
        if key in scope.open:
            # What a subgraph is to see more of it sees just then.
            find = scope.same if passed_on else scope.covering
            found = find(key, conditions, is_leaf=node.selection_set is None)
        if found is None:
            found = scope.add_field(key, node, conditions, self.target(node, scope.type))
        if passed_on:
            found.directives = tuple(dict.fromkeys((*found.directives, *passed_on)))
        if node.selection_set:
            found.take(node.selection_set, conditions)

    def target(self, node: FieldNode, scope_type: GraphQLCompositeType) -> GraphQLCompositeType | None:
        if node.selection_set is None:
            return None
        name = node.name.value
        if name in _INTROSPECTION:
            named = self.schema.get_type("__Schema" if name == "__schema" else "__Type")
        else:
            assert isinstance(scope_type, GraphQLObjectType | GraphQLInterfaceType)
            named = get_named_type(scope_type.fields[name].type)
        assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
        return named
