"""The merged schema is valid GraphQL, as its parts were. Spec: Type Validation."""

from collections.abc import Iterator, Mapping
from functools import partial

from supergraph.composer.diagnostics import Diagnostic
from supergraph.composer.merge import is_subtype
from supergraph.composer.merged_rules.merged import Merged
from supergraph.spec import (
    BUILT_IN_SCALARS,
    Code,
    CompositeType,
    Field,
    InputObjectType,
    InterfaceType,
    Named,
    NonNull,
    ObjectType,
    TypeName,
)


def every_type_exists(merged: Merged) -> Iterator[Diagnostic]:
    """Whatever a field, argument, input field, union or `implements` refers to is a type of the supergraph."""
    known = merged.supergraph.types.keys() | BUILT_IN_SCALARS
    for definition in merged.supergraph.types.values():
        for name in (*getattr(definition, "members", ()), *getattr(definition, "interfaces", ())):
            if name not in known:
                why = f"it refers to {name}, which is no type of the supergraph"
                yield merged.report(Code.INVALID_GRAPHQL, definition.name, why, definition.name)
        if not isinstance(definition, CompositeType | InputObjectType):
            continue
        for field in definition.fields.values():
            references = [field.type]
            if isinstance(field, Field):
                references += [argument.type for argument in field.arguments]
            for reference in references:
                if reference.named not in known:
                    why = f"it refers to {reference.named}, which is no type of the supergraph"
                    at = f"{definition.name}.{field.name}"
                    yield merged.report(Code.INVALID_GRAPHQL, at, why, definition.name, field.name)


def implementations_conform_to_their_interfaces(merged: Merged) -> Iterator[Diagnostic]:
    """Types, arguments, and the interfaces that an interface implements itself."""
    supertypes = _supertypes(merged)
    for definition in merged.supergraph.types.values():
        if not isinstance(definition, ObjectType | InterfaceType):
            continue
        complain = partial(merged.report, Code.INVALID_GRAPHQL, owner=definition.name)
        implemented = frozenset(definition.interfaces)
        for interface in merged.interfaces_of(definition):
            for further in interface.interfaces:
                if further == definition.name:
                    why = f"it implements itself through {interface.name}"
                    yield complain(definition.name, why)
                elif further not in implemented:
                    why = f"it must implement {further}, as {interface.name} does, which it implements"
                    yield complain(definition.name, why)
            for name, wanted in interface.fields.items():
                field = definition.fields.get(name)
                at = f"{definition.name}.{name}"
                if field is None:
                    continue  # a problem of its own: INTERFACE_FIELD_NO_IMPLEM
                if not is_subtype(field.type, wanted.type, supertypes):
                    why = f'its type "{field.type}" is not a subtype of "{wanted.type}", the type of {interface.name}.{name}'
                    yield complain(at, why, field=name)
                for why in _argument_problems(field, wanted, interface.name):
                    yield complain(at, why, field=name)


def input_types_can_be_written(merged: Merged) -> Iterator[Diagnostic]:
    """No input type requires itself: nobody could ever write such a value."""
    required: dict[TypeName, list[TypeName]] = {
        definition.name: [
            field.type.of.name
            for field in definition.fields.values()
            if isinstance(field.type, NonNull) and isinstance(field.type.of, Named)
        ]
        for definition in merged.supergraph.types.values()
        if isinstance(definition, InputObjectType)
    }
    settled: set[TypeName] = set()
    for start, first in required.items():
        if start in settled:
            continue
        # Depth first without recursion: documents may nest deeper than Python's stack.
        path: dict[TypeName, Iterator[TypeName]] = {start: iter(first)}
        while path:
            current = next(reversed(path))
            following = next(path[current], None)
            if following is None:
                settled.add(current)
                del path[current]
            elif following in path:
                why = f"the input type requires itself through {current}"
                yield merged.report(Code.INVALID_GRAPHQL, following, why, following)
                settled.add(following)
            elif following not in settled and following in required:
                path[following] = iter(required[following])


def _supertypes(merged: Merged) -> Mapping[TypeName, frozenset[TypeName]]:
    found: dict[TypeName, set[TypeName]] = {}
    for definition in merged.supergraph.types.values():
        if isinstance(definition, ObjectType | InterfaceType):
            found.setdefault(definition.name, set()).update(definition.interfaces)
        for member in getattr(definition, "members", ()):
            found.setdefault(member, set()).add(definition.name)
    return {name: frozenset(names) for name, names in found.items()}


def _argument_problems(field: Field, wanted: Field, interface: TypeName) -> Iterator[str]:
    arguments = {argument.name: argument for argument in field.arguments}
    for expected in wanted.arguments:
        argument = arguments.pop(expected.name, None)
        if argument is None:
            yield f"it lacks the argument {expected.name} of {interface}.{wanted.name}"
        elif argument.type != expected.type:
            yield (
                f'its argument {expected.name} has the type "{argument.type}", '
                f'but "{expected.type}" in {interface}.{wanted.name}'
            )
    for argument in arguments.values():
        if isinstance(argument.type, NonNull) and argument.default is None:
            yield f"its argument {argument.name} is required, but {interface}.{wanted.name} does not have it"
