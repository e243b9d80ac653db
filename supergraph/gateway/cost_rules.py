"""What things cost: `@cost` and `@listSize` of a supergraph, read through `@link`.

Specification: IBM's GraphQL Cost Directives, as federation 2.9 took it over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from graphql import GraphQLError, parse_const_value, value_from_ast_untyped

from supergraph.spec import (
    COST,
    AppliedDirective,
    Element,
    EnumType,
    FieldName,
    InputObjectType,
    InterfaceType,
    Literal,
    ScalarType,
    Supergraph,
    TypeName,
)

Place = TypeVar("Place", tuple[TypeName, FieldName], tuple[TypeName, FieldName, str])


class InvalidCostRuleError(ValueError):
    """A `@cost` or `@listSize` that cannot be read. The message says where and why."""


@dataclass(frozen=True, slots=True)
class ListSize:
    """How long a list is taken to be. `slicing` are arguments, or paths into them: `input.first`."""

    assumed: int | None = None
    slicing: tuple[str, ...] = ()
    sized_fields: frozenset[FieldName] = frozenset()
    requires_one: bool = True


@dataclass(frozen=True, slots=True)
class CostRules:
    """The weights that a document gives; below zero they count as zero, as nothing pays for its neighbours.

    What is given none weighs 1 where it is an object, interface, union or input object, and else 0.

    `fields`, `arguments` and `list_sizes` of an interface are the dearest of its implementing types'.
    """

    types: Mapping[TypeName, int] = field(default_factory=dict)
    fields: Mapping[tuple[TypeName, FieldName], int] = field(default_factory=dict)
    arguments: Mapping[tuple[TypeName, FieldName, str], int] = field(default_factory=dict)
    input_fields: Mapping[tuple[TypeName, FieldName], int] = field(default_factory=dict)
    list_sizes: Mapping[tuple[TypeName, FieldName], ListSize] = field(default_factory=dict)


def read_cost_rules(supergraph: Supergraph) -> CostRules:
    """Raises InvalidCostRuleError: a weight that cannot be read must not be dropped."""
    cost, list_size = (supergraph.directive_name(COST, name) for name in ("cost", "listSize"))
    if cost is None or list_size is None:
        return CostRules()
    fields = [(each.name, one) for each in supergraph.composites() for one in each.fields.values()]
    rules = CostRules(
        {
            name: weight
            for name, definition in supergraph.types.items()
            if (weight := _weight(name, definition, cost)) is not None
        },
        _weights((((parent, each.name), each) for parent, each in fields), cost),
        _weights(
            (((parent, each.name, one.name), one) for parent, each in fields for one in each.arguments), cost
        ),
        _weights(
            (
                ((each.name, one.name), one)
                for each in supergraph.types.values()
                if isinstance(each, InputObjectType)
                for one in each.fields.values()
            ),
            cost,
        ),
        {
            (parent, each.name): size
            for parent, each in fields
            if (size := _list_size(f"{parent}.{each.name}", each, list_size)) is not None
        },
    )
    return _with_interfaces(supergraph, rules)


def _with_interfaces(supergraph: Supergraph, rules: CostRules) -> CostRules:
    """A field of an interface is resolved by one of its types: the dearest counts."""
    fields, arguments, list_sizes = dict(rules.fields), dict(rules.arguments), dict(rules.list_sizes)
    for interface in supergraph.composites():
        possible = supergraph.possible_types(interface.name) if isinstance(interface, InterfaceType) else ()
        for each in interface.fields.values() if possible else ():
            place = (interface.name, each.name)
            objects = [(name, each.name) for name in possible]
            default = rules.types.get(each.type.named, default_weight(supergraph, each.type.named))
            if any(one in rules.fields for one in objects):
                fields[place] = max(rules.fields.get(one, default) for one in objects)
            for argument in each.arguments:
                if weighed := [
                    w for one in objects if (w := rules.arguments.get((*one, argument.name))) is not None
                ]:
                    arguments[*place, argument.name] = max(weighed)
            if place in rules.list_sizes:
                for one in objects:
                    list_sizes.setdefault(one, rules.list_sizes[place])
            elif sizes := [rules.list_sizes[one] for one in objects if one in rules.list_sizes]:
                list_sizes[place] = _largest(sizes)
    return replace(rules, fields=fields, arguments=arguments, list_sizes=list_sizes)


def _largest(sizes: Sequence[ListSize]) -> ListSize:
    return ListSize(
        max((each.assumed for each in sizes if each.assumed is not None), default=None),
        tuple(dict.fromkeys(argument for each in sizes for argument in each.slicing)),
        frozenset[FieldName]().union(*(each.sized_fields for each in sizes)),
        all(each.requires_one for each in sizes),
    )


def default_weight(supergraph: Supergraph, name: TypeName) -> int:
    """What a value of a type costs where nothing is said of it; built-in scalars are no types of the supergraph."""
    definition = supergraph.types.get(name)
    return 0 if definition is None or isinstance(definition, ScalarType | EnumType) else 1


def _applied(element: Element, name: str) -> AppliedDirective | None:
    return next((each for each in element.directives if each.name == name), None)


def _weights(elements: Iterable[tuple[Place, Element]], directive: str) -> dict[Place, int]:
    return {
        place: weight
        for place, element in elements
        if (weight := _weight(".".join(place), element, directive)) is not None
    }


def _weight(place: str, element: Element, directive: str) -> int | None:
    applied = _applied(element, directive)
    if applied is None:
        return None
    weight = _read(place, applied, "weight")
    try:
        # IBM's specification writes a weight as a string, federation as a number.
        return max(0, round(float(weight)) if isinstance(weight, str) else _integer(weight))
    except (TypeError, ValueError, OverflowError):
        raise _invalid(place, applied, "weight") from None


def _list_size(place: str, element: Element, directive: str) -> ListSize | None:
    applied = _applied(element, directive)
    if applied is None:
        return None
    assumed = _read(place, applied, "assumedSize")
    requires_one = _read(place, applied, "requireOneSlicingArgument")
    if not isinstance(requires_one, bool | None):
        raise _invalid(place, applied, "requireOneSlicingArgument")
    try:
        size = None if assumed is None else max(0, _integer(assumed))
    except TypeError:
        raise _invalid(place, applied, "assumedSize") from None
    return ListSize(
        size,
        _names(place, applied, "slicingArguments"),
        frozenset(FieldName(name) for name in _names(place, applied, "sizedFields")),
        requires_one is not False,
    )


def _names(place: str, applied: AppliedDirective, argument: str) -> tuple[str, ...]:
    value = _read(place, applied, argument)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _invalid(place, applied, argument)
    return tuple(value)


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _read(place: str, applied: AppliedDirective, argument: str) -> object:
    literal: Literal | None = applied.argument(argument)
    try:
        value: object = None if literal is None else value_from_ast_untyped(parse_const_value(literal))
    except GraphQLError:
        raise _invalid(place, applied, argument) from None
    return value


def _invalid(place: str, applied: AppliedDirective, argument: str) -> InvalidCostRuleError:
    given = applied.argument(argument)
    why = f"lacks `{argument}`" if given is None else f"has `{argument}: {given}`, which cannot be read"
    return InvalidCostRuleError(f"{place}: @{applied.name} {why}")
