"""Drawing a world: how many subgraphs and types there are, who resolves what, by which keys and directives."""

from typing import Any

from hypothesis import strategies as st

from tests.differential.world import SCALARS, Context, FieldModel, InterfaceObject, TypeModel, World


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
    world.active = frozenset(
        each.label
        for model in world.types.values()
        for each in model.fields
        if each.label is not None and draw(st.booleans())
    )
    if draw(st.integers(0, 2)) == 0:
        _add_context(draw, world, names, size, subset)
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
            elsewhere = [one for one in elsewhere if each not in one.required and one.overridden_in is None]
            if elsewhere and each.name != "label":
                each.requires = draw(st.sampled_from(elsewhere))
        if choice == "override" and len(each.homes) == 1 and each.name != "label":
            taken = any(one.requires is each for one in owner.fields) or each.provided_by
            if each.requires is None and not taken:
                others = [one for one in owner.keys if one not in each.homes]
                each.overridden_in = draw(st.sampled_from(others))
                each.label = draw(st.sampled_from([None, f"percent({len(each.name)})"]))
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


def _add_context(draw: st.DrawFn, world: World, names: list[str], size: int, subset: Any) -> None:
    """An entity that is a `@context`, and one below it that is told of it."""
    setter, subgraph = draw(st.sampled_from(names)), draw(st.integers(0, size - 1))
    mark = FieldModel(setter, "mark", "String", homes=draw(subset) | {subgraph})
    way = FieldModel(setter, "way", "X", is_list=draw(st.booleans()), homes=frozenset({subgraph}))
    world.types[setter].fields += [mark, way]
    told = FieldModel("X", "told", "String", homes=way.homes, told_by=mark)
    other = FieldModel("X", "other", draw(st.sampled_from([*SCALARS, setter])), homes=draw(subset))
    world.types["X"] = TypeModel("X", [told, other], dict.fromkeys(range(size), ("id",)))
    world.context = Context(setter, subgraph, mark, way)
