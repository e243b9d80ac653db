"""Broad worlds: what the first kind of world has none of, and no more than one schema can say of it.

Selections inside `@requires` and `@provides` of any depth, through entities, values, interfaces and unions; abstract types
whose members differ from subgraph to subgraph; keys of several fields and of nested ones, each subgraph knowing its own;
several interface objects; enums and inputs that differ; lists of lists; JSON of any shape; fields nobody may see.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError

from tests.differential.world import pick

ROOTS = ("Query", "Mutation", "Subscription")
SCALARS = ("String", "Int", "Boolean", "Shade", "Any")
ATOMS = {"id": "id", "code": "code", "org": "org { oid }"}
ANYTHING = (
    {"__typename": "T0", "__proto__": {"a": [None, 1]}, "id": ""},
    [[], [1, [2.5, "é"]], None],
    2**70,
    -(2**63) - 1,
    '\u2028 " \\ 😀',
    0.1,
    False,
    {},
)


@dataclass(eq=False)
class Selected:
    """A field as a field set of `@requires` or `@provides` selects it. `on`: the fragment it stands in."""

    model: "BroadField"
    inner: "list[Selected]" = field(default_factory=list)
    on: str | None = None
    x: int | None = None

    @property
    def text(self) -> str:
        argument = f"(x: {self.x})" if self.x is not None else ""
        own = f"{self.model.name}{argument}{texts(self.inner)}"
        return f"... on {self.on} {{ {own} }}" if self.on else own


def texts(selected: list[Selected]) -> str:
    return f" {{ {' '.join(each.text for each in selected)} }}" if selected else ""


@dataclass(eq=False)
class BroadField:
    """`lists` counts the lists around a value. `strict_in`: the subgraphs where it is never null.

    `taken_from`: the subgraph that had it before `@override`. `provides`: by subgraph, what this field brings along.
    """

    owner: str
    name: str
    of: str
    lists: int
    homes: frozenset[int]
    strict_in: frozenset[int] = frozenset()
    argument: str | None = None
    hidden: bool = False
    fails: bool = False
    taken_from: int | None = None
    requires: list[Selected] = field(default_factory=list)
    provides: dict[int, list[Selected]] = field(default_factory=dict)
    external_in: set[int] = field(default_factory=set)

    def text_in(self, subgraph: int) -> str:
        arguments = {"x": "(x: Int = 1)", "w": "(x: Int = 1, w: In = {a: 1})", None: ""}[self.argument]
        kind = "[" * self.lists + self.of + "]" * self.lists
        return f"{self.name}{arguments}: {kind}{'!' if subgraph in self.strict_in else ''}"


@dataclass
class BroadType:
    """`keys`: for an entity, by subgraph, each a tuple of atoms. `resolvable`: where it may be come to."""

    name: str
    fields: list[BroadField] = field(default_factory=list)
    keys: dict[int, list[tuple[str, ...]]] = field(default_factory=dict)
    present: set[int] = field(default_factory=set)
    is_entity: bool = True
    stubs: set[int] = field(default_factory=set)


@dataclass
class Abstract:
    """An interface (of `fields`) or a union. `members`: by subgraph, which objects it has there."""

    name: str
    members: dict[int, list[str]]
    fields: list[str] | None = None
    above: str | None = None
    object_in: frozenset[int] = frozenset()

    @property
    def all_members(self) -> list[str]:
        return sorted({each for some in self.members.values() for each in some})


@dataclass(repr=False)
class BroadWorld:
    size: int
    types: dict[str, BroadType]
    abstract: dict[str, Abstract]
    roots: list[BroadField]
    object_fields: list[BroadField] = field(default_factory=list)
    hidden_atoms: frozenset[str] = frozenset()
    active: frozenset[str] = frozenset()

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text("a broad world")  # A failing case tells its documents, which are shorter.

    def fields_of(self, owner: str) -> list[BroadField]:
        if owner in ROOTS:
            return [each for each in self.roots if each.owner == owner]
        found = list(self.types[owner].fields) if owner in self.types else []
        if owner == "I" or ("I" in self.abstract and owner in self.abstract["I"].all_members):
            found += self.object_fields
        return found

    def field_of(self, owner: str, name: str) -> BroadField | None:
        return next((each for each in self.fields_of(owner) if each.name == name), None)

    def members_for(self, model: BroadField) -> list[str]:
        """What a value of the field may be: all its subgraphs must know it."""
        abstract = self.abstract.get(model.of)
        if abstract is None:
            return [model.of]
        everywhere = set(abstract.all_members)
        for home in model.homes | ({model.taken_from} if model.taken_from is not None else set()):
            if home not in abstract.object_in:
                everywhere &= set(abstract.members.get(home, ()))
        return sorted(everywhere)

    # ---- values

    def value(self, model: BroadField, source: dict[str, Any], arguments: Any, required: Any) -> Any:
        seed = source["ref"] if model.owner == "I" else source["seed"]
        at = f"{model.owner}.{model.name}/{seed}/{json.dumps([arguments, required], sort_keys=True)}"
        if model.fails and pick(at, "fails") % 3 == 0:
            raise GraphQLError(at)
        if not model.strict_in and pick(at, "null") % 6 == 0:
            return None
        return self._nested(model, at, model.lists)

    def _nested(self, model: BroadField, at: str, lists: int) -> Any:
        if lists == 0:
            return self._one(model, at)
        return [
            None if pick(at, "item", index) % 7 == 0 else self._nested(model, f"{at}/{index}", lists - 1)
            for index in range(pick(at, "length") % 4)
        ]

    def _one(self, model: BroadField, at: str) -> Any:
        number = pick(at)
        match model.of:
            case "String":
                return f"é{number % 1000}"
            case "Int":
                return number % 1000
            case "Boolean":
                return bool(number % 2)
            case "Any":
                return ANYTHING[number % len(ANYTHING)]
            case "Shade":
                alone = len(model.homes) == 1 and not model.external_in and model.taken_from is None
                return f"S{min(model.homes)}" if alone and number % 2 else "ALL"
        members = self.members_for(model)
        name = members[number % len(members)]
        seed = str(pick(at, "seed") % 3) if self.types[name].is_entity else f"{number % 5}"
        return {"__typename": name, "seed": seed, "ref": f"{name}.{seed}"}

    def resolve(self, model: BroadField, source: dict[str, Any], arguments: Any) -> Any:
        """As the plain schema does it."""
        required = self.expand(source, model.requires) if model.requires else None
        return self.value(model, source, arguments, required)

    def expand(self, value: Any, selected: list[Selected]) -> Any:
        """What a field set selects of a value, as it stands in a representation."""
        if isinstance(value, list):
            return [self.expand(each, selected) for each in value]
        if value is None:
            return None
        found = {}
        for each in selected:
            if each.on is None or each.on == value["__typename"]:
                # Of an interface's field each type has its own.
                model = self.field_of(value["__typename"], each.model.name)
                assert model is not None
                arguments = {} if model.argument is None else {"x": each.x or 1}
                if model.argument == "w":
                    arguments["w"] = {"a": 1}
                result = self.resolve(model, value, arguments)
                found[model.name] = self.expand(result, each.inner) if each.inner else result
        return found


def sent(value: Any, selected: list[Selected], top: bool = True) -> Any:
    """What a field set selects, read from a representation."""
    if isinstance(value, list):
        return [sent(each, selected, False) for each in value]
    if value is None:
        return None
    found = {}
    for each in selected:
        if top or each.on is None or each.model.name in value:
            given = value[each.model.name]
            found[each.model.name] = sent(given, each.inner, False) if each.inner else given
    return found
