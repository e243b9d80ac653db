"""Random worlds: types and their values, split over subgraphs, and the same as one plain schema.

A world has no stored data. The value of a field is a function of its coordinate, its arguments and the object's seed,
so every subgraph and the plain schema agree without any of them knowing the others. A field with `@requires` is worked
out from what came in the representation: a gateway that sends another value, or none, answers wrongly.
"""

import asyncio
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    Visitor,
    build_ast_schema,
    execute_sync,
    get_named_type,
    graphql_sync,
    is_composite_type,
    parse,
    print_ast,
    validate,
    visit,
)
from hypothesis import strategies as st

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway.executor import (
    ExecutionRequest,
    ExecutionResult,
    execute,
    execute_incrementally,
    prepare,
    read_execution_schema,
)
from supergraph.gateway.transport import SubgraphResponse
from supergraph.planner import (
    NormalizedOperation,
    QueryPlan,
    build_query_graph,
    normalize,
    plan_operation,
    plan_to_json,
)
from supergraph.spec import client_schema, read_supergraph

ROOTS = ("Query", "Mutation")
SCALARS = ("String", "Int", "Float", "Boolean", "Color")
LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key" "@external" "@requires" "@provides" "@shareable" "@override" "@interfaceObject"])\n"""


@dataclass
class FieldModel:
    """`of` is a scalar's or a type's name. `homes`: the subgraphs that resolve it.

    `requires` names a sibling that the field is worked out from. `provided_by` says where it is external but provided,
    by subgraph and the coordinate of the field that provides it. `overridden_in`: the subgraph it was taken from.
    `fails`: for some objects it raises an error.
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
class World:
    """`size` counts the subgraphs, that of an interface object, if there is one, as the last."""

    size: int
    types: dict[str, TypeModel]
    interfaces: dict[str, list[str]]
    unions: dict[str, list[str]]
    roots: list[FieldModel]
    interface_object: InterfaceObject | None = None

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
        if model.fails and _pick(at, "fails") % 3 == 0:
            raise GraphQLError(at)
        if not model.non_null and _pick(at, "null") % 6 == 0:
            return None
        if not model.is_list:
            return self._one(model, at)
        return [
            None if _pick(at, "item", index) % 7 == 0 else self._one(model, f"{at}/{index}")
            for index in range(_pick(at, "length") % 4)
        ]

    def _one(self, model: FieldModel, at: str) -> Any:
        number = _pick(at)
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
        seed = str(_pick(at, "seed") % 3) if self.types[name].is_entity else f"{number % 5}"
        return {"__typename": name, "seed": seed, "ref": f"{name}.{seed}"}

    def resolve(self, model: FieldModel, source: dict[str, Any], x: object, *, in_subgraph: bool) -> Any:
        seed = source["ref"] if model.owner == "I" else source["seed"]
        if model.requires is None:
            return self.value(model, seed, x)
        if in_subgraph:
            required = _without_typenames(source["representation"][model.requires.name])
        else:
            required = self._expanded(self.value(model.requires, seed, 1), model.requires)
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


def _pick(*parts: object) -> int:
    return zlib.crc32("/".join(map(str, parts)).encode())


# ---- drawing a world


@st.composite
def worlds(draw: st.DrawFn) -> World:
    size = draw(st.integers(2, 4))
    names = [f"T{index}" for index in range(draw(st.integers(1, 4)))]
    subset = st.sets(st.integers(0, size - 1), min_size=1, max_size=2).map(frozenset)
    interfaces = {"I": draw(_some(names))} if draw(st.booleans()) else {}
    unions = {"U": draw(_some(names))} if draw(st.booleans()) else {}
    values = ["V"] if draw(st.booleans()) else []
    world = World(size, {}, interfaces, unions, [])
    targets = [*names, *interfaces, *unions, *values]
    if interfaces and draw(st.booleans()):
        fields = [
            _field(draw, "I", index, ["I"], st.just(frozenset({size})))
            for index in range(draw(st.integers(1, 2)))
        ]
        world.interface_object = InterfaceObject(draw(st.integers(0, size - 1)), size, fields)
        world.size = size + 1
    for name in names:
        world.types[name] = _entity(draw, world, name, targets, size, subset)
    for name in values:
        everywhere = frozenset(range(size))
        fields = [FieldModel(name, f"v{kind}", kind, homes=everywhere) for kind in ("String", "Int")]
        world.types[name] = TypeModel(name, fields)
    for name in names:
        _add_relations(draw, world, world.types[name])
        for each in world.types[name].fields:
            # What another field is worked out from must be there, or that field would fail without a word of why.
            if not any(one.requires is each for one in world.types[name].fields):
                each.fails = draw(st.integers(0, 7)) == 7
    for name in targets:
        homes = draw(subset)
        world.roots.append(FieldModel("Query", f"all{name}", name, is_list=True, homes=homes))
        world.roots.append(FieldModel("Query", f"one{name}", name, argument=True, homes=draw(subset)))
    for index in range(draw(st.integers(0, 3))):
        # A mutation has one home: run twice, it would do twice what it does.
        home = frozenset({draw(st.integers(0, size - 1))})
        of = draw(st.sampled_from(targets))
        world.roots.append(FieldModel("Mutation", f"do{index}", of, argument=True, homes=home))
    if world.interface_object is not None:
        home = frozenset({world.interface_object.subgraph})
        world.roots.append(FieldModel("Query", "allObjects", "I", is_list=True, homes=home))
        world.roots.append(FieldModel("Query", "oneObject", "I", argument=True, homes=home))
    return world


def _entity(
    draw: st.DrawFn, world: World, name: str, targets: list[str], size: int, subset: Any
) -> TypeModel:
    model = TypeModel(name, interfaces=[each for each, of in world.interfaces.items() if name in of])
    # A subgraph that has the interface as an object knows its members by `id` alone.
    one_key = world.interface_object is not None and bool(model.interfaces)
    hub = None if one_key or draw(st.booleans()) else draw(st.integers(0, size - 1))
    for subgraph in range(size):
        if hub is None:
            model.keys[subgraph] = ("id",)
        elif subgraph == hub:
            model.keys[subgraph] = ("id", "code")
        else:
            model.keys[subgraph] = draw(st.sampled_from([("id",), ("code",), ("id code",)]))
    if model.interfaces:
        model.fields.append(FieldModel(name, "label", "String", homes=draw(subset)))
    for index in range(draw(st.integers(1, 4))):
        model.fields.append(_field(draw, name, index, targets, subset))
    return model


def _some(names: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=1, unique=True).map(sorted)


def _field(draw: st.DrawFn, owner: str, index: int, targets: list[str], subset: Any) -> FieldModel:
    of = draw(st.sampled_from([*SCALARS, *targets]))
    return FieldModel(
        owner,
        f"{owner.lower()}f{index}",
        of,
        is_list=draw(st.booleans()),
        non_null=draw(st.booleans()),
        argument=draw(st.booleans()),
        homes=draw(subset),
    )


def _add_relations(draw: st.DrawFn, world: World, owner: TypeModel) -> None:
    """@requires between siblings, @provides of a sibling's scalar, @override."""
    plain = [
        each
        for each in owner.fields
        if each.of in (*SCALARS, "V") and not each.argument and each.name != "label"
    ]
    for each in owner.fields:
        choice = draw(st.sampled_from(["nothing", "nothing", "requires", "provides", "override"]))
        if choice == "requires" and len(each.homes) == 1:
            elsewhere = [one for one in plain if one is not each and not one.homes & each.homes]
            elsewhere = [one for one in elsewhere if one.requires is None and one.overridden_in is None]
            if elsewhere and each.name != "label" and not any(one.requires is each for one in owner.fields):
                each.requires = draw(st.sampled_from(elsewhere))
        if choice == "override" and len(each.homes) == 1 and each.name != "label":
            taken = any(one.requires is each for one in owner.fields) or each.provided_by
            if each.requires is None and not taken:
                others = [one for one in owner.keys if one not in each.homes]
                each.overridden_in = draw(st.sampled_from(others))
        if choice == "provides" and each.of in world.types and world.types[each.of].is_entity:
            target = world.types[each.of]
            wanted = [
                one
                for one in target.fields
                if one.of in SCALARS
                and not one.argument
                and one.name != "label"
                and one.requires is None
                and one.overridden_in is None
                and not any(other.requires is one for other in target.fields)
                and not one.homes & each.homes
            ]
            if wanted:
                provided = draw(st.sampled_from(wanted))
                for home in each.homes:
                    provided.provided_by.setdefault(home, set()).add(f"{owner.name}.{each.name}")


# ---- printing it


def subgraph_sdl(world: World, subgraph: int) -> str:
    lines = [LINK, "enum Color { RED GREEN }"]
    if world.interface_object is not None and subgraph == world.interface_object.subgraph:
        fields = " ".join(each.text for each in world.interface_object.fields)
        lines.append(f'type I @key(fields: "id") @interfaceObject {{ id: ID! {fields} }}')
        return "\n".join([*lines, *_root_types(world, subgraph)])
    present = _present(world, subgraph)
    for name, members in world.interfaces.items():
        fields = _interface_fields(world, name, subgraph, present)
        if fields and any(each in present for each in members):
            key = (
                '@key(fields: "id") '
                if world.interface_object and world.interface_object.home == subgraph
                else ""
            )
            lines.append(f"interface {name} {key}{{ {' '.join(fields)} }}")
    lines += [f"union {name} = {' | '.join(of)}" for name, of in world.unions.items() if name in present]
    for name in sorted(present & world.types.keys()):
        lines.append(_print_type(world, world.types[name], subgraph, present))
    return "\n".join([*lines, *_root_types(world, subgraph)])


def _root_types(world: World, subgraph: int) -> Iterator[str]:
    for root in ROOTS:
        fields = [
            _with(each.text, "@shareable" if len(each.homes) > 1 else "")
            for each in world.roots
            if each.owner == root and subgraph in each.homes
        ]
        if fields:
            yield f"type {root} {{ {' '.join(fields)} }}"


def _here(each: FieldModel, subgraph: int) -> bool:
    return subgraph in each.homes or each.overridden_in == subgraph


def _present(world: World, subgraph: int) -> set[str]:
    """The types that a subgraph has: those with fields there, and whatever these lead to."""
    present = {
        each.name
        for each in world.types.values()
        # Where keys differ, the subgraph that has both must be there to lead from one to the other.
        if each.is_entity
        and (len(each.keys[subgraph]) > 1 or any(_here(one, subgraph) for one in each.fields))
    }
    waiting = [each.of for each in world.roots if subgraph in each.homes] + sorted(present)
    waiting += ["I"] if world.interface_object and world.interface_object.home == subgraph else []
    while waiting:
        name = waiting.pop()
        if name in SCALARS:
            continue
        present.add(name)
        found = [each for each in world.members(name) if each not in present]
        if name in world.types:
            here = [one for one in world.types[name].fields if _here(one, subgraph)]
            found += [one.of for one in here if one.of not in present]
            found += [one.requires.of for one in here if one.requires and one.requires.of not in present]
        waiting += found
        present.update(found)
    return present - set(SCALARS)


def _interface_fields(world: World, name: str, subgraph: int, present: set[str]) -> list[str]:
    members = [world.types[each] for each in world.interfaces[name] if each in present]
    fields = []
    if all("id" in " ".join(each.keys[subgraph]) for each in members):
        fields.append("id: ID!")
    if all(subgraph in next(one for one in each.fields if one.name == "label").homes for each in members):
        fields.append("label: String")
    # An interface that is the type of a field must be there: its members then all have an id, by _print_type.
    return fields or (["id: ID!"] if name in present else [])


def _print_type(world: World, model: TypeModel, subgraph: int, present: set[str]) -> str:
    head, fields = f"type {model.name}", []
    if model.is_entity:
        keys = model.keys[subgraph]
        names = {name for key in keys for name in key.split()}
        implemented = []
        for name in model.interfaces:
            printed = _interface_fields(world, name, subgraph, present)
            if printed:
                implemented.append(name)
                names |= {"id"} if "id: ID!" in printed else set()
        if implemented:
            head += f" implements {' & '.join(implemented)}"
        head += "".join(f' @key(fields: "{key}")' for key in keys)
        fields += [f"{name}: ID! @shareable" for name in sorted(names)]
    for each in model.fields:
        if _here(each, subgraph):
            fields.append(_with(each.text, *_directives(world, model, each, subgraph)))
        elif subgraph in each.provided_by or any(
            one.requires is each and subgraph in one.homes for one in model.fields
        ):
            fields.append(_with(each.text, "@external"))
    return f"{head} {{ {' '.join(fields)} }}"


def _directives(world: World, model: TypeModel, each: FieldModel, subgraph: int) -> Iterator[str]:
    if each.overridden_in is not None and subgraph in each.homes:
        yield f'@override(from: "s{each.overridden_in}")'
    elif len(each.homes) > 1 or each.provided_by or not model.is_entity:
        yield "@shareable"
    if each.requires is not None:
        yield f'@requires(fields: "{each.requires.selection}")'
    target = world.types.get(each.of)
    for one in target.fields if target else ():
        if f"{model.name}.{each.name}" in one.provided_by.get(subgraph, ()):
            yield f'@provides(fields: "{one.name}")'
            return  # one field set a field is enough


def _with(*parts: str) -> str:
    return " ".join(part for part in parts if part)


# ---- running it


@dataclass
class Resolution:
    """Resolves fields over a world, as one subgraph of it or as the plain schema."""

    world: World
    subgraph: int | None = None
    done: list[str] = field(default_factory=list)

    def resolve_field(self, source: Any, info: Any, **arguments: Any) -> Any:
        name, owner = info.field_name, info.parent_type.name
        if name == "_entities":
            return [self.entity(each) for each in arguments["representations"]]
        if owner not in ROOTS and name in ("id", "code"):
            return f"{name}-{source['ref']}"
        if owner == "Mutation":
            self.done.append(f"{name}({arguments})")
        model = next((each for each in self.world.fields_of(owner) if each.name == name), None)
        if model is None:
            return None
        if model.overridden_in is not None and model.overridden_in == self.subgraph:
            raise AssertionError(f"{owner}.{name} was taken from this subgraph")
        source = source or {"seed": "root", "ref": "root"}
        return self.world.resolve(model, source, arguments.get("x", 1), in_subgraph=self.subgraph is not None)

    def entity(self, representation: dict[str, Any]) -> dict[str, Any]:
        name = representation["__typename"]
        keys = ("id",) if name == "I" else self.world.types[name].keys[self.subgraph]
        complete = [key.split() for key in keys if all(each in representation for each in key.split())]
        assert complete, f"no key of s{self.subgraph} in {representation}"
        refs = {representation[each].removeprefix(f"{each}-") for each in complete[0]}
        assert len(refs) == 1, representation
        ref = refs.pop()
        typename, _, seed = ref.partition(".")
        if self.world.interface_object and self.subgraph == self.world.interface_object.subgraph:
            typename = "I"  # It has no other name for what is truly one of the members.
        return {"__typename": typename, "seed": seed, "ref": ref, "representation": representation}


@dataclass
class Federation:
    """A world twice: as subgraphs behind the planner and the executor, and as one plain schema, executed as it is."""

    world: World
    plain: GraphQLSchema = field(init=False)
    sdls: dict[str, str] = field(init=False)
    asked: list[tuple[str, dict[str, Any], Any]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    plan: QueryPlan | None = None

    def __post_init__(self) -> None:
        self.sdls = {f"s{each}": subgraph_sdl(self.world, each) for each in range(self.world.size)}
        composition = compose([SubgraphSource(name, "", sdl) for name, sdl in self.sdls.items()])
        assert composition.ok, list(composition.diagnostics)
        supergraph = read_supergraph(composition.supergraph_sdl)
        self.plain = client_schema(supergraph)
        self._assert_nothing_is_lost()
        self.schema = read_execution_schema(supergraph, self.plain)
        self.graph = build_query_graph(supergraph)
        self.subgraphs = {name: self._executable(sdl) for name, sdl in self.sdls.items()}

    def _assert_nothing_is_lost(self) -> None:
        for each in [
            *self.world.roots,
            *(one for model in self.world.types.values() for one in model.fields),
            *(self.world.interface_object.fields if self.world.interface_object else ()),
        ]:
            owner = self.plain.type_map.get(each.owner)
            if owner is not None and any(f" {each.text} " in f"{sdl} " for sdl in self.sdls.values()):
                assert str(owner.fields[each.name].type) == each.type_text

    def _executable(self, sdl: str) -> GraphQLSchema:
        entities = [
            each.name for each in self.world.types.values() if each.is_entity and f"type {each.name} " in sdl
        ] + (["I"] if "type I " in sdl else [])
        more = "scalar _Any"
        if entities:
            more += f"\nunion _Entity = {' | '.join(entities)}"
            more += "\nextend" if "type Query" in sdl else "\n"
            more += " type Query { _entities(representations: [_Any!]!): [_Entity]! }"
        return build_ast_schema(parse(f"{sdl}\n{more}"), assume_valid_sdl=True)

    def expected(self, query: str, variables: dict[str, Any]) -> tuple[Any, list[str]]:
        """The plain schema's answer, and the mutations that it ran, in order."""
        resolution = Resolution(self.world)
        result = execute_sync(
            self.plain, parse(query), variable_values=variables, field_resolver=resolution.resolve_field
        )
        return result, resolution.done

    async def send(self, request: Any) -> SubgraphResponse:
        body = json.loads(request.body)
        result = graphql_sync(
            self.subgraphs[request.subgraph],
            body["query"],
            variable_values=body.get("variables"),
            field_resolver=Resolution(self.world, int(request.subgraph[1:]), self.done).resolve_field,
        )
        self.asked.append((request.subgraph, body, result.formatted))
        return SubgraphResponse(200, json.dumps(result.formatted).encode())

    async def close(self) -> None:
        pass

    async def answer(self, query: str, variables: dict[str, Any]) -> ExecutionResult:
        operation = normalize(self.plain, parse(query))
        assert isinstance(operation, NormalizedOperation), operation
        plan = plan_operation(self.graph, operation)
        assert isinstance(plan, QueryPlan), plan
        self.plan, self.asked, self.done = plan, [], []
        return await execute(prepare(plan, operation, self.schema), ExecutionRequest(self, variables))

    async def parts(self, query: str, variables: dict[str, Any]) -> list[Any] | None:
        """The first result and the increments; None where nothing is deferred."""
        operation = normalize(self.plain, parse(query))
        assert isinstance(operation, NormalizedOperation), operation
        plan = plan_operation(self.graph, operation)
        assert isinstance(plan, QueryPlan), plan
        self.plan, self.asked, self.done = plan, [], []
        executable = prepare(plan, operation, self.schema)
        defer = executable.defer(variables)
        if defer is None:
            return None
        async with asyncio.timeout(5):
            results = execute_incrementally(executable, ExecutionRequest(self, variables), defer)
            return [each async for each in results]

    def told(self) -> str:
        parts = [f"# {name}\n{sdl}" for name, sdl in self.sdls.items()]
        if self.plan is not None:
            parts.append(json.dumps(plan_to_json(self.plan)))
        parts += [
            f"{name} <- {json.dumps(body)}\n   -> {json.dumps(answer)}" for name, body, answer in self.asked
        ]
        return "\n".join(parts)


# ---- drawing an operation


@dataclass
class _Operation:
    draw: st.DrawFn
    schema: GraphQLSchema
    fragments: list[str] = field(default_factory=list)
    left: int = 40

    def selection(self, type_: Any, depth: int) -> str:
        parts = [self.part(type_, depth) for _ in range(self.draw(st.integers(1, 4)))]
        return "{ " + " ".join(parts) + " }"

    def part(self, type_: Any, depth: int) -> str:
        self.left -= 1
        kinds = ["field", "field", "field", "typename"]
        if depth < 4 and self.left > 0:
            kinds += ["inline", "named"]
        kind = self.draw(st.sampled_from(kinds))
        if kind == "typename" or (kind == "field" and isinstance(type_, GraphQLUnionType)):
            return self.draw(st.sampled_from(["__typename", "kind: __typename"])) + self.condition()
        if kind == "field":
            return self.field(type_, depth)
        on = self.draw(st.sampled_from(self.conditions_on(type_)))
        if kind == "inline":
            named = f" on {on.name}" if on is not type_ or self.draw(st.booleans()) else ""
            return f"...{named}{self.condition()} {self.selection(on, depth + 1)}"
        name = f"F{len(self.fragments)}"
        self.fragments.append("")
        self.fragments[int(name[1:])] = f"fragment {name} on {on.name} {self.selection(on, depth + 1)}"
        again = f" ...{name}" if self.draw(st.booleans()) else ""
        return f"...{name}{self.condition()}{again}"

    def conditions_on(self, type_: Any) -> list[Any]:
        found = [type_]
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            found += sorted(self.schema.get_possible_types(type_), key=lambda each: each.name)
        possible = (
            set(self.schema.get_possible_types(type_)) if type_ in found[1:] or len(found) > 1 else {type_}
        )
        for each in self.schema.type_map.values():
            is_other = isinstance(each, GraphQLInterfaceType | GraphQLUnionType) and each is not type_
            if is_other and possible & set(self.schema.get_possible_types(each)):
                found.append(each)
        return found

    def field(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        leaves = [
            name for name, each in type_.fields.items() if not is_composite_type(get_named_type(each.type))
        ]
        deep = depth < 4 and self.left > 0
        name = self.draw(st.sampled_from(list(type_.fields) if deep or not leaves else leaves))
        definition = type_.fields[name]
        argument, alias = "", ""
        if definition.args:
            argument = self.draw(st.sampled_from(["", "(x: 2)", "(x: $n)"]))
            alias = {"": "", "(x: 2)": f"{name}_2: ", "(x: $n)": f"{name}_n: "}[argument]
        if not alias and self.draw(st.integers(0, 5)) == 0:
            alias = f"{self.draw(st.sampled_from(['k', 'id', 'code', 'label']))}: "
        below = get_named_type(definition.type)
        selection = f" {self.selection(below, depth + 1)}" if is_composite_type(below) else ""
        return f"{alias}{name}{argument}{self.condition()}{selection}"

    def condition(self) -> str:
        if self.draw(st.integers(0, 7)):
            return ""
        directive = self.draw(st.sampled_from(["include", "skip"]))
        return f" @{directive}(if: ${self.draw(st.sampled_from('pq'))})"


@st.composite
def operations(draw: st.DrawFn, schema: GraphQLSchema) -> tuple[str, dict[str, Any]]:
    """A valid operation and its variables."""
    operation = _Operation(draw, schema)
    is_mutation = schema.mutation_type is not None and draw(st.booleans())
    body = operation.selection(schema.mutation_type if is_mutation else schema.query_type, 0)
    text = " ".join([body, *operation.fragments])
    used = [
        f"${name}: {kind}!"
        for name, kind in (("p", "Boolean"), ("q", "Boolean"), ("n", "Int"))
        if f"${name}" in text
    ]
    query = f"{'mutation' if is_mutation else 'query'} {'(' + ', '.join(used) + ')' if used else ''} {text}"
    variables = {"p": draw(st.booleans()), "q": draw(st.booleans()), "n": draw(st.integers(0, 3))}
    return query, {name: value for name, value in variables.items() if f"${name}" in text}


def is_valid(schema: GraphQLSchema, document: DocumentNode) -> bool:
    return not validate(schema, document)


@st.composite
def deferrals(draw: st.DrawFn, query: str) -> str:
    """The operation with `@defer` on some of its fragments."""

    class Deferring(Visitor):
        def enter(self, node: Any, *_: Any) -> Any:
            if not isinstance(node, InlineFragmentNode | FragmentSpreadNode) or not draw(st.booleans()):
                return None
            switch = draw(st.sampled_from(["", "(if: $p)"] if "$p" in query else [""]))
            [definition] = parse(f"{{ ... @defer{switch} {{ x }} }}").definitions
            [fragment] = definition.selection_set.selections
            return replace(node, directives=(*(node.directives or ()), *fragment.directives))

    return print_ast(visit(parse(query), Deferring()))


@dataclass(frozen=True)
class Differential:
    worlds: Any
    operations: Any
    deferrals: Any
    federation: Any
    is_valid: Any


@pytest.fixture(scope="session")
def differential() -> Differential:
    return Differential(worlds, operations, deferrals, Federation, is_valid)
