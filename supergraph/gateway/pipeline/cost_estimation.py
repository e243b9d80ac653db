"""What an operation may cost: estimated before any subgraph is asked, by `@cost` and `@listSize`.

A field costs what its value weighs and what is selected in it, as often as its list has items, and its arguments once.
Of an object whose type is not known yet, the dearest type counts. A mutation costs 10 more.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from graphql import (
    IntValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    parse_value,
    value_from_ast_untyped,
)

from supergraph.gateway.cost_estimate import (
    Conditional,
    CostEstimate,
    InputValue,
    Largest,
    Linear,
    Product,
    Slice,
    Step,
    VariablePath,
    Variables,
)
from supergraph.gateway.cost_rules import CostRules, ListSize, default_weight
from supergraph.planner import (
    ArgumentValue,
    FieldSelection,
    FragmentSelection,
    NormalizedOperation,
    OperationKind,
    Selection,
    SelectionCondition,
)
from supergraph.spec import (
    Field,
    FieldName,
    InputObjectType,
    ListOf,
    Named,
    NonNull,
    Supergraph,
    TypeName,
    TypeReference,
)

_MUTATION: Final = 10
_MOST_VISITS: Final = 50_000
"""Fields looked at while types are told apart. Beyond, all types' selections count together: more, but soon found."""


def estimate_cost(
    operation: NormalizedOperation, supergraph: Supergraph, rules: CostRules, list_size: int
) -> CostEstimate:
    """For any variables. `list_size` is what a list is taken to have where nothing else is said."""
    compiler = _Compiler(supergraph, rules, list_size)
    total = compiler.value(operation.root_type, operation.selections, weight=0)
    if operation.kind is OperationKind.MUTATION:
        total = total.plus(Linear(_MUTATION))
    return CostEstimate(total, tuple(compiler.steps))


@dataclass(frozen=True, slots=True)
class _Sized:
    """The lists within an object whose length the object's own field tells."""

    fields: frozenset[FieldName]
    size: Linear


@dataclass(frozen=True, slots=True)
class _Placed:
    """A field as it stands in a selection on `parent`."""

    parent: TypeName
    field: FieldSelection


@dataclass(slots=True)
class _Compiler:
    supergraph: Supergraph
    rules: CostRules
    list_size: int
    steps: list[Step] = field(default_factory=list)
    _conditions: tuple[SelectionCondition, ...] = ()
    _visits: int = 0
    _known: dict[tuple[TypeName, int, int | None, _Sized | None], Linear] = field(default_factory=dict)
    _merges: dict[tuple[int, ...], FieldSelection] = field(default_factory=dict)
    _possible: dict[TypeName, frozenset[TypeName]] = field(default_factory=dict)

    # ---- what is selected

    def value(
        self,
        named: TypeName,
        selections: tuple[Selection, ...],
        weight: int | None,
        sized: _Sized | None = None,
    ) -> Linear:
        """One value of a type with what is selected in it. `weight`, where it is set, stands for the type's own."""
        key = (named, id(selections), weight, sized)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._dearest(named, selections, weight, sized)
        return known

    def _dearest(
        self, named: TypeName, selections: tuple[Selection, ...], weight: int | None, sized: _Sized | None
    ) -> Linear:
        possible = self.supergraph.possible_types(named)
        if not possible:
            return Linear(self._weight(named) if weight is None else weight)
        alternatives: dict[tuple[object, ...], Linear] = {}
        if len(possible) > 1 and self._visits > _MOST_VISITS:
            dearest = max(map(self._weight, possible)) if weight is None else weight
            alternatives[()] = self._sum(list(self._applying(None, named, selections)), sized, dearest)
        else:
            for each in possible:
                fields = self._merged(each, self._applying(each, named, selections))
                self._visits += len(fields) + 1
                own = self._weight(each) if weight is None else weight
                alike = (own, *((placed.parent, id(placed.field)) for placed in fields))
                if alike not in alternatives:
                    alternatives[alike] = self._sum(fields, sized, own)
        return self._largest(tuple(dict.fromkeys(alternatives.values())))

    def _applying(
        self, named: TypeName | None, parent: TypeName, selections: tuple[Selection, ...]
    ) -> Iterator[_Placed]:
        """The fields that a value of the object type `named` answers; for None, all there are."""
        for selection in selections:
            match selection:
                case FieldSelection():
                    if not selection.name.startswith("__"):
                        yield _Placed(parent, selection)
                case FragmentSelection(type_condition=condition):
                    inner = condition or parent
                    if named is None or named in self._possible_types(inner):
                        yield from self._applying(named, inner, selection.selections)

    def _merged(self, named: TypeName, fields: Iterable[_Placed]) -> list[_Placed]:
        """Fields of one response key are one in the answer, with the selections of all.

        Where they were selected on several types, the object type alone has all that is selected in them.
        """
        by_key: dict[str, list[_Placed]] = {}
        for each in fields:
            by_key.setdefault(each.field.response_key, []).append(each)
        return [
            alike[0] if len(alike) == 1 else _Placed(named, self._merge([one.field for one in alike]))
            for alike in by_key.values()
        ]

    def _merge(self, alike: Sequence[FieldSelection]) -> FieldSelection:
        """Equal ones give the same object: what is known, is known by its identity."""
        key = tuple(map(id, alike))
        found = self._merges.get(key)
        if found is None:
            conditions = alike[0].conditions if len({each.conditions for each in alike}) == 1 else ()
            selections = tuple(one for each in alike for one in each.selections)
            found = self._merges[key] = replace(alike[0], conditions=conditions, selections=selections)
        return found

    def _possible_types(self, named: TypeName) -> frozenset[TypeName]:
        found = self._possible.get(named)
        if found is None:
            found = self._possible[named] = frozenset(self.supergraph.possible_types(named))
        return found

    def _sum(self, fields: Sequence[_Placed], sized: _Sized | None, weight: int) -> Linear:
        total = Linear(weight)
        for each in fields:
            total = total.plus(self._field(each.parent, each.field, sized))
        return total

    def _field(self, parent: TypeName, selection: FieldSelection, sized: _Sized | None) -> Linear:
        composite = self.supergraph.composite(parent)
        assert composite is not None, f"{parent} has no fields, and the operation is valid"
        definition = composite.fields[selection.name]
        around = self._conditions
        self._conditions = (*around, *selection.conditions)
        default = Linear(self.list_size)
        rule = self.rules.list_sizes.get((parent, selection.name))
        size = default if rule is None else self._size(parent, definition, selection, rule)
        inner = None if rule is None or not rule.sized_fields else _Sized(rule.sized_fields, size)
        cost = self.value(
            definition.type.named,
            selection.selections,
            self.rules.fields.get((parent, selection.name)),
            inner,
        )
        if levels := _list_levels(definition.type):
            if sized is not None and selection.name in sized.fields:
                size = sized.size
            elif inner is not None:
                size = default
            cost = self._product(size, cost.times(self.list_size ** (levels - 1)))
        for argument in selection.arguments:
            cost = cost.plus(self._argument(parent, definition, argument))
        self._conditions = around
        if not selection.conditions or cost.is_zero:
            return cost
        return self._step(Conditional(selection.conditions, cost))

    def _weight(self, named: TypeName) -> int:
        return self.rules.types.get(named, default_weight(self.supergraph, named))

    # ---- steps, where a constant does not do

    def _step(self, step: Step) -> Linear:
        self.steps.append(step)
        return Linear(0, ((len(self.steps) - 1, 1),))

    def _product(self, size: Linear, each: Linear) -> Linear:
        if not size.terms:
            return each.times(size.constant)
        return size.times(each.constant) if not each.terms else self._step(Product(size, each))

    def _largest(self, alternatives: tuple[Linear, ...]) -> Linear:
        if len(alternatives) == 1:
            return alternatives[0]
        if not any(each.terms for each in alternatives):
            return Linear(max(each.constant for each in alternatives))
        return self._step(Largest(alternatives))

    # ---- how long a list is

    def _size(self, parent: TypeName, definition: Field, selection: FieldSelection, rule: ListSize) -> Linear:
        fallback = self.list_size if rule.assumed is None else rule.assumed
        if not rule.slicing:
            return Linear(fallback)
        given = {each.name: each for each in selection.arguments}
        defaults = [
            default for name in rule.slicing if (default := _default(definition, name.split("."))) is not None
        ]
        literals: list[int] = []
        paths: list[VariablePath] = []
        for name in rule.slicing:
            root, *within = name.split(".")
            found = _reach(parse_value(given[root].value), within) if root in given else None
            if isinstance(found, int):
                literals.append(found)
            elif found is not None:
                paths.append(found)
        step = Slice(
            tuple(literals),
            tuple(paths),
            max(defaults, default=fallback),
            f"{parent}.{selection.name}" if rule.requires_one else None,
            rule.slicing,
            0 if defaults else 1,
            self._conditions,
        )
        if not paths and (step.place is None or step.fewest <= len(literals) <= 1):
            return Linear(step.size(literals))
        return self._step(step)

    # ---- what is given

    def _argument(self, parent: TypeName, definition: Field, given: ArgumentValue) -> Linear:
        argument = next(each for each in definition.arguments if each.name == given.name)
        own = self.rules.arguments.get((parent, definition.name, given.name))
        named = argument.type.named
        if not isinstance(self.supergraph.types.get(named), InputObjectType) and (
            own is not None or self._weight(named) == 0
        ):
            return Linear(own or 0)
        node = parse_value(given.value)

        def weigh(variables: Variables) -> int:
            value = value_from_ast_untyped(node, dict(variables))
            return self._inside(argument.type, value, own)

        return self._step(InputValue(weigh)) if given.variables else Linear(weigh({}))

    def _inside(self, reference: TypeReference, value: object, own: int | None) -> int:
        """A given value. `own`, where it is set, stands for what its type weighs, once for all items of a list."""
        if value is None or value is Undefined:
            return 0
        match reference:
            case NonNull(of):
                return self._inside(of, value, own)
            case ListOf(of) if isinstance(value, list):
                items = sum(self._inside(of, each, None if own is None else 0) for each in value)
                return items + (own or 0)
            case ListOf(of):
                return self._inside(of, value, own)
            case Named(name):
                total = self._weight(name) if own is None else own
                definition = self.supergraph.types.get(name)
                if isinstance(definition, InputObjectType) and isinstance(value, Mapping):
                    for each in definition.fields.values():
                        if each.name in value:
                            weight = self.rules.input_fields.get((name, each.name))
                            total += self._inside(each.type, value[each.name], weight)
                return total


def _list_levels(reference: TypeReference) -> int:
    match reference:
        case NonNull(of):
            return _list_levels(of)
        case ListOf(of):
            return 1 + _list_levels(of)
        case Named():
            return 0


def _default(definition: Field, path: Sequence[str]) -> int | None:
    """What a slicing argument is where it is not given."""
    argument = next((each for each in definition.arguments if each.name == path[0]), None)
    if argument is None or argument.default is None:
        return None
    found = _reach(parse_value(argument.default), path[1:])
    return found if isinstance(found, int) else None


def _reach(node: ValueNode, path: Sequence[str]) -> int | VariablePath | None:
    """What stands at a path within a value: a number, or what of which variable will tell it."""
    for index, name in enumerate(path):
        if not isinstance(node, ObjectValueNode):
            return _variable(node, path[index:])
        found = next((each.value for each in node.fields if each.name.value == name), None)
        if found is None:
            return None
        node = found
    return int(node.value) if isinstance(node, IntValueNode) else _variable(node, ())


def _variable(node: ValueNode, path: Sequence[str]) -> VariablePath | None:
    return VariablePath(node.name.value, tuple(path)) if isinstance(node, VariableNode) else None
