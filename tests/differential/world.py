"""Random worlds: types and their values, the same for all who ask.

A world has no stored data. The value of a field is a function of its coordinate, its arguments and the object's seed,
so every subgraph and the plain schema agree without any of them knowing the others. A field with `@requires` is worked
out from what came in the representation, one with `@fromContext` from its argument: a gateway that sends another value,
or none, answers wrongly.
"""

import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError

ROOTS = ("Query", "Mutation")
SCALARS = ("String", "Int", "Float", "Boolean", "Color")


@dataclass
class FieldModel:
    """`of` is a scalar's or a type's name. `homes`: the subgraphs that resolve it.

    `requires` names a sibling that the field is worked out from. `provided_by` says where it is external but provided,
    by subgraph and the coordinate of the field that provides it. `overridden_in`: the subgraph it was taken from, or is being
    taken from while `label` is active. `told_by`: the field of the context above that it is worked out from. `fails`: for some
    objects it raises an error.
    """

    owner: str
    name: str
    of: str
    is_list: bool = False
    non_null: bool = False
    argument: bool = False
    homes: frozenset[int] = frozenset()
    requires: "FieldModel | None" = None
    provided_by: dict[int, set[str]] = field(default_factory=dict)
    overridden_in: int | None = None
    label: str | None = None
    told_by: "FieldModel | None" = None
    fails: bool = False

    @property
    def type_text(self) -> str:
        text = f"[{self.of}]" if self.is_list else self.of
        return text + ("!" if self.non_null else "")

    @property
    def selection(self) -> str:
        """The field as a field set names it."""
        return f"{self.name} {{ vString vInt }}" if self.of == "V" else self.name

    @property
    def text(self) -> str:
        return f"{self.name}{'(x: Int = 1)' if self.argument else ''}: {self.type_text}"

    @property
    def required(self) -> "list[FieldModel]":
        """The chain of what it is worked out from, itself first."""
        found = [self]
        while (above := found[-1].requires) is not None:
            found.append(above)
        return found


@dataclass
class TypeModel:
    """`keys`: for an entity, the subgraphs' key; none for a type without identity."""

    name: str
    fields: list[FieldModel] = field(default_factory=list)
    keys: dict[int, tuple[str, ...]] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)

    @property
    def is_entity(self) -> bool:
        return bool(self.keys)


@dataclass
class InterfaceObject:
    """The interface `I`, which `home` has with all its members and `subgraph`, which has no more than this, as an object."""

    home: int
    subgraph: int
    fields: list[FieldModel]


@dataclass
class Context:
    """`setter` is a `@context` in `subgraph`; its field `way` leads to the one type that is told `mark` of it."""

    setter: str
    subgraph: int
    mark: FieldModel
    way: FieldModel


@dataclass
class World:
    """`size` counts the subgraphs, that of an interface object, if there is one, as the last.

    `active` are the labels of overrides that are on.
    """

    size: int
    types: dict[str, TypeModel]
    interfaces: dict[str, list[str]]
    unions: dict[str, list[str]]
    roots: list[FieldModel]
    interface_object: InterfaceObject | None = None
    context: Context | None = None
    active: frozenset[str] = frozenset()

    def is_taken(self, model: FieldModel, subgraph: int | None) -> bool:
        """Whether a field must not be asked of a subgraph because another has it by `@override`."""
        if model.overridden_in is None or subgraph is None:
            return False
        moved = model.label is None or model.label in self.active
        return (model.overridden_in == subgraph) is moved

    def fields_of(self, owner: str) -> list[FieldModel]:
        """All fields of a type as a client sees it, keys aside."""
        if owner in ROOTS:
            return [each for each in self.roots if each.owner == owner]
        from_object = (
            self.interface_object.fields
            if self.interface_object and owner in ("I", *self.interfaces["I"])
            else []
        )
        return [*(self.types[owner].fields if owner in self.types else ()), *from_object]

    def members(self, name: str) -> list[str]:
        return self.interfaces.get(name) or self.unions.get(name) or [name]

    # ---- values

    def value(self, model: FieldModel, seed: str, x: object, required: object = None) -> Any:
        at = f"{model.owner}.{model.name}/{seed}/{x}/{json.dumps(required, sort_keys=True)}"
        if model.fails and pick(at, "fails") % 3 == 0:
            raise GraphQLError(at)
        if not model.non_null and pick(at, "null") % 6 == 0:
            return None
        if not model.is_list:
            return self._one(model, at)
        return [
            None if pick(at, "item", index) % 7 == 0 else self._one(model, f"{at}/{index}")
            for index in range(pick(at, "length") % 4)
        ]

    def _one(self, model: FieldModel, at: str) -> Any:
        number = pick(at)
        match model.of:
            case "String":
                return f"é{number % 1000}"
            case "Int":
                return number % 1000
            case "Float":
                return number % 1000 / 4
            case "Boolean":
                return bool(number % 2)
            case "Color":
                return ("RED", "GREEN")[number % 2]
        members = self.members(model.of)
        name = members[number % len(members)]
        seed = str(pick(at, "seed") % 3) if self.types[name].is_entity else f"{number % 5}"
        return {"__typename": name, "seed": seed, "ref": f"{name}.{seed}"}

    def resolve(self, model: FieldModel, source: dict[str, Any], x: object, told: object = None) -> Any:
        """As the plain schema does it. `told`: what a context above says."""
        seed = source["ref"] if model.owner == "I" else source["seed"]
        required = told
        if model.requires is not None:
            required = self._expanded(self.resolve(model.requires, source, 1), model.requires)
        return self.value(model, seed, x, required)

    def resolve_in_subgraph(
        self, model: FieldModel, source: dict[str, Any], x: object, told: object = None
    ) -> Any:
        """As a subgraph does it, which knows of other fields only what it was sent."""
        seed = source["ref"] if model.owner == "I" else source["seed"]
        required = told
        if model.requires is not None:
            required = _without_typenames(source["representation"][model.requires.name])
        return self.value(model, seed, x, required)

    def _expanded(self, value: Any, model: FieldModel) -> Any:
        """A required value as it stands in a representation."""
        if model.of != "V" or value is None:
            return value
        if isinstance(value, list):
            return [self._expanded(each, model) for each in value]
        return {each.name: self.value(each, value["seed"], 1) for each in self.types["V"].fields}


def _without_typenames(value: Any) -> Any:
    """A gateway may send the type of what is required too."""
    if isinstance(value, list):
        return [_without_typenames(each) for each in value]
    if isinstance(value, dict):
        return {key: each for key, each in value.items() if key != "__typename"}
    return value


def pick(*parts: object) -> int:
    return zlib.crc32("/".join(map(str, parts)).encode())
