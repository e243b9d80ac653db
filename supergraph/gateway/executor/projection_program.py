"""What the client selected, made ready once: for each type a value may have, its fields in the client's order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    is_abstract_type,
)

from supergraph.gateway.executor.leaf_values import LeafCheck, check_of
from supergraph.gateway.executor.problems import Denial
from supergraph.planner import (
    Deferral,
    FieldSelection,
    FragmentSelection,
    NormalizedOperation,
    Selection,
    SelectionCondition,
)
from supergraph.spec import Coordinate

KeyPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeafShape:
    type_name: str
    check: LeafCheck
    values: frozenset[str] | None
    """The names of an enum; None for a scalar."""


@dataclass(frozen=True, slots=True)
class ListShape:
    of: "ValueShape"


@dataclass(frozen=True, slots=True)
class NonNullShape:
    of: "LeafShape | ListShape | CompositeShape"


@dataclass(frozen=True, slots=True)
class CompositeShape:
    """An object, or something abstract: its fields depend on the type of the value at hand."""

    type: GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
    selections: tuple[Selection, ...]
    at: KeyPath

    @property
    def object_type(self) -> str | None:
        """The name of every value's type, where the schema alone decides it."""
        return self.type.name if isinstance(self.type, GraphQLObjectType) else None


ValueShape = LeafShape | ListShape | NonNullShape | CompositeShape


@dataclass(frozen=True, slots=True)
class DataField:
    """A field that subgraphs bring: it stands under `source` in the tree, and under `key` in the response."""

    key: str
    coordinate: Coordinate
    shape: ValueShape
    source: str


@dataclass(frozen=True, slots=True)
class TypenameField:
    """`__typename`. `value` is None where the type of the value at hand is not known."""

    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class IntrospectionField:
    """`__schema` or `__type`, answered by the gateway."""

    key: str


@dataclass(frozen=True, slots=True)
class DeniedField:
    """A field that nobody was asked for."""

    key: str
    non_null: bool
    denial: Denial


ProjectedField = DataField | TypenameField | IntrospectionField | DeniedField


@dataclass(frozen=True, slots=True)
class DeferredFields:
    """What is given later of an object: `shape` is the object's, with what the deferred fragment selects."""

    deferral: Deferral
    shape: CompositeShape


@dataclass(frozen=True, slots=True)
class ObjectProgram:
    type_name: str
    fields: tuple[ProjectedField, ...]
    deferred: tuple[DeferredFields, ...] = ()


_INTROSPECTION: Final = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class ProjectionProgram:
    """The selections of one operation, conditions resolved. Types are worked out when the first value is met."""

    schema: GraphQLSchema
    root: CompositeShape
    denials: Mapping[KeyPath, tuple[Denial, ...]]
    _objects: dict[tuple[int, str], tuple[CompositeShape, ObjectProgram]] = field(default_factory=dict)

    def possible(self, shape: CompositeShape, typename: object) -> bool:
        """Whether a value of this shape may be of that type; `typename` is what a subgraph claims."""
        if not isinstance(typename, str):
            return False
        claimed = self.schema.type_map.get(typename)
        if not isinstance(claimed, GraphQLObjectType):
            return False
        return claimed is shape.type or (
            not isinstance(shape.type, GraphQLObjectType) and self.schema.is_sub_type(shape.type, claimed)
        )

    def abstract_itself(self, shape: CompositeShape, typename: object) -> str | None:
        """For a value whose object type nobody needed to know: the abstract type that may stand for it, if one may.

        An interface object bears the interface's name. A value without any name will do where nothing selected depends
        on its type.
        """
        if isinstance(typename, str):
            claimed = self.schema.type_map.get(typename)
            related = isinstance(claimed, GraphQLInterfaceType) and (
                claimed is shape.type
                or (
                    not isinstance(shape.type, GraphQLObjectType)
                    and self.schema.is_sub_type(shape.type, claimed)
                )
            )
            return typename if related else None
        return shape.type.name if self._is_plain(shape.selections, shape.type.name) else None

    def _is_plain(self, selections: Iterable[Selection], type_name: str) -> bool:
        for each in selections:
            match each:
                case FieldSelection():
                    if each.name == "__typename":
                        return False
                case FragmentSelection(type_condition=condition, selections=below):
                    applies = condition is None or self._applies(condition, type_name)
                    if not applies or not self._is_plain(below, type_name):
                        return False
        return True

    def object_program(self, shape: CompositeShape, type_name: str) -> ObjectProgram:
        """The fields of a value of type `type_name`: an object type, or the abstract one itself where none is known."""
        known = self._objects.get((id(shape), type_name))
        if known is None:
            # The shape is kept beside its program: an identity lives no longer than its object.
            known = (shape, self._collect(shape, type_name))
            self._objects[id(shape), type_name] = known
        return known[1]

    def _collect(self, shape: CompositeShape, type_name: str) -> ObjectProgram:
        """Spec: CollectFields, MergeSelectionSets."""
        grouped: dict[str, list[FieldSelection]] = {}
        deferred: list[tuple[Deferral, FragmentSelection]] = []
        self._group(shape.selections, type_name, grouped, deferred)
        fields = tuple(self._field(type_name, key, same, shape) for key, same in grouped.items())
        if not deferred:
            return ObjectProgram(type_name, fields)
        named = self.schema.type_map[type_name]
        assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
        later = tuple(
            DeferredFields(deferral, CompositeShape(named, each.selections, shape.at))
            for deferral, each in deferred
        )
        return ObjectProgram(type_name, fields, later)

    def _group(
        self,
        selections: Iterable[Selection],
        type_name: str,
        grouped: dict[str, list[FieldSelection]],
        deferred: list[tuple[Deferral, FragmentSelection]],
    ) -> None:
        for selection in selections:
            match selection:
                case FieldSelection():
                    grouped.setdefault(selection.response_key, []).append(selection)
                case FragmentSelection(type_condition=condition, selections=below, deferral=deferral):
                    if condition is not None and not self._applies(condition, type_name):
                        continue
                    if deferral is not None:
                        deferred.append((deferral, selection))
                    else:
                        self._group(below, type_name, grouped, deferred)

    def _applies(self, condition: str, type_name: str) -> bool:
        if condition == type_name:
            return True
        wanted, given = self.schema.type_map.get(condition), self.schema.type_map.get(type_name)
        return (
            is_abstract_type(wanted)
            and isinstance(given, GraphQLObjectType | GraphQLInterfaceType)
            and self.schema.is_sub_type(wanted, given)
        )

    def _field(
        self, type_name: str, key: str, same: Sequence[FieldSelection], shape: CompositeShape
    ) -> ProjectedField:
        name = same[0].name
        parent = self.schema.type_map[type_name]
        if name == "__typename":
            return TypenameField(key, type_name if isinstance(parent, GraphQLObjectType) else None)
        if name in _INTROSPECTION:
            return IntrospectionField(key)
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType), "a union has no field of its own"
        definition = parent.fields[name]
        at, answered = (*shape.at, key), same[0].client_key
        for denial in self.denials.get(at, ()):
            owner, _, denied = denial.coordinate.partition(".")
            if denied == name and self._applies(owner, type_name):
                return DeniedField(answered, isinstance(definition.type, GraphQLNonNull), denial)
        below = tuple(selection for each in same for selection in each.selections)
        coordinate = Coordinate(f"{type_name}.{name}")
        return DataField(answered, coordinate, _shape(definition.type, below, at), key)


def _shape(type_: GraphQLOutputType, selections: tuple[Selection, ...], at: KeyPath) -> ValueShape:
    if isinstance(type_, GraphQLNonNull):
        inner = _shape(type_.of_type, selections, at)
        assert not isinstance(inner, NonNullShape), "non-null is not applied twice"
        return NonNullShape(inner)
    if isinstance(type_, GraphQLList):
        return ListShape(_shape(type_.of_type, selections, at))
    if isinstance(type_, GraphQLScalarType):
        return LeafShape(type_.name, check_of(type_), None)
    if isinstance(type_, GraphQLEnumType):
        return LeafShape(type_.name, check_of(type_), frozenset(type_.values))
    return CompositeShape(type_, selections, at)


def prepare_projection(
    schema: GraphQLSchema,
    root: GraphQLObjectType,
    selections: tuple[Selection, ...],
    denials: Sequence[Denial] = (),
) -> ProjectionProgram:
    """`selections` without conditions: see `resolve_conditions`. Denials of what these leave out do not count."""
    by_path: dict[KeyPath, tuple[Denial, ...]] = {}
    for denial in _selected(denials, selections) if denials else ():
        by_path[denial.path] = (*by_path.get(denial.path, ()), denial)
    return ProjectionProgram(schema, CompositeShape(root, selections, ()), by_path)


def selected_denials(
    denials: Iterable[Denial], operation: NormalizedOperation, variables: Mapping[str, object]
) -> list[Denial]:
    """Those of fields that these variables select."""
    return _selected(denials, resolve_conditions(operation.selections, variables))


class _KeyTree(dict[str, "_KeyTree"]):
    """The response keys that selections come to, below each other."""

    def grow(self, selections: Iterable[Selection]) -> None:
        for each in fields_of(selections):
            self.setdefault(each.response_key, _KeyTree()).grow(each.selections)


def _selected(denials: Iterable[Denial], selections: Iterable[Selection]) -> list[Denial]:
    keys = _KeyTree()
    keys.grow(selections)
    found = []
    for denial in denials:
        level: _KeyTree | None = keys
        for key in denial.path:
            level = None if level is None else level.get(key)
        if level is not None:
            found.append(denial)
    return found


def fields_of(selections: Iterable[Selection], *, deferred: bool = True) -> Iterator[FieldSelection]:
    """The fields of one level, those of all its fragments together; without `deferred`, not of those given later."""
    for selection in selections:
        match selection:
            case FieldSelection():
                yield selection
            case FragmentSelection(selections=below):
                if deferred or selection.deferral is None:
                    yield from fields_of(below, deferred=deferred)


def condition_variables(selections: Iterable[Selection]) -> tuple[str, ...]:
    """The variables that decide what is selected, sorted."""
    found: set[str] = set()
    waiting = list(selections)
    while waiting:
        selection = waiting.pop()
        found.update(condition.variable for condition in selection.conditions)
        waiting.extend(selection.selections)
        if isinstance(selection, FragmentSelection) and (deferral := selection.deferral) is not None:
            found.update(() if deferral.variable is None else (deferral.variable,))
    return tuple(sorted(found))


def has_deferrals(selections: Iterable[Selection]) -> bool:
    return any(
        (isinstance(each, FragmentSelection) and each.deferral is not None) or has_deferrals(each.selections)
        for each in selections
    )


def resolve_conditions(
    selections: tuple[Selection, ...],
    variables: Mapping[str, object],
    deferred: frozenset[int] = frozenset(),
) -> tuple[Selection, ...]:
    """What is selected with these variables; of deferrals, those in `deferred` are kept.

    Order matters: a field stands where its first included mention stands.
    """
    resolved: list[Selection] = []
    for selection in selections:
        if not _holds(selection.conditions, variables):
            continue
        below = resolve_conditions(selection.selections, variables, deferred)
        match selection:
            case FieldSelection():
                resolved.append(
                    FieldSelection(
                        selection.response_key,
                        selection.name,
                        selection.arguments,
                        selections=below,
                        answered_as=selection.answered_as,
                    )
                )
            case FragmentSelection(type_condition=condition, deferral=deferral):
                kept = deferral if deferral is not None and deferral.number in deferred else None
                resolved.append(FragmentSelection(condition, selections=below, deferral=kept))
    return tuple(resolved)


def _holds(conditions: Iterable[SelectionCondition], variables: Mapping[str, object]) -> bool:
    return all((variables.get(each.variable) is True) is each.when for each in conditions)
