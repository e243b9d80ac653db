"""Drawing a broad world. Not every one can be composed: what nobody could answer is drawn again."""

from hypothesis import strategies as st

from tests.differential.broad_world import (
    SCALARS,
    Abstract,
    BroadField,
    BroadType,
    BroadWorld,
    Selected,
)


@st.composite
def broad_worlds(draw: st.DrawFn) -> BroadWorld:
    base = draw(st.integers(2, 4))
    entities = [f"T{index}" for index in range(draw(st.integers(2, 4)))]
    values = [f"V{index}" for index in range(draw(st.integers(0, 2)))]
    world = BroadWorld(base, {}, {}, [])
    for name in [*entities, *values]:
        world.types[name] = BroadType(name, is_entity=name in entities)
    has_interface = draw(st.integers(0, 3)) > 0
    some = _some(entities)
    members = draw(some) if has_interface else []
    objects = frozenset[int]()
    if has_interface:
        objects = frozenset(range(base, base + draw(st.sampled_from([0, 0, 1, 2]))))
    world.size = base + len(objects)
    _add_abstract(draw, world, entities + values, members, objects, base)
    targets = [*world.types, *world.abstract]
    for name in world.types:
        for index in range(draw(st.integers(1, 4 if name in entities else 3))):
            # The first is a leaf: without one no selection of the type ends.
            to = targets if index else []
            world.types[name].fields.append(_field(draw, world, name, f"{name.lower()}f{index}", to))
    for index in range(draw(st.integers(1, 3)) if objects else 0):
        world.object_fields.append(_field(draw, world, "I", f"if{index}", targets))
    _add_interface_fields(draw, world, targets)
    for owner, prefix in (("Query", "q"), ("Mutation", "m"), ("Subscription", "s")):
        for index in range(draw(st.integers(2, 5) if owner == "Query" else st.integers(0, 2))):
            each = _field(draw, world, owner, f"{prefix}{index}", targets, one_home=owner != "Query")
            world.roots.append(each)
    _close(draw, world)
    _add_relations(draw, world)
    world.hidden_atoms = frozenset(each for each in ("code", "org") if draw(st.integers(0, 5)) == 0)
    return world


def _some(names: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True).map(sorted)


def _add_abstract(
    draw: st.DrawFn,
    world: BroadWorld,
    names: list[str],
    members: list[str],
    objects: frozenset[int],
    base: int,
) -> None:
    if members:
        # Where the interface has a key, the subgraph must know all its members.
        by_subgraph = {each: draw(_some(members)) for each in range(base) if draw(st.integers(0, 2))}
        by_subgraph[0] = members
        world.abstract["I"] = Abstract("I", by_subgraph, [], object_in=objects)
        if draw(st.integers(0, 2)) == 0:
            # The interface above: of the same objects, in the same subgraphs.
            world.abstract["J"] = Abstract("J", by_subgraph, [])
            world.abstract["I"].above = "J"
    if draw(st.booleans()):
        union = list(draw(_some(names)))
        shown = {each: draw(_some(union)) for each in range(base) if draw(st.integers(0, 2))}
        shown[draw(st.integers(0, base - 1))] = union
        world.abstract["U"] = Abstract("U", shown)


def allowed_homes(world: BroadWorld, name: str) -> list[int]:
    """The subgraphs that may have the type at all: one that has an interface as an object has none of its members."""
    everywhere = list(range(world.size))
    interface = world.abstract.get("I")
    if name in world.abstract:
        abstract = world.abstract[name]
        return [each for each in everywhere if each in abstract.members or each in abstract.object_in]
    if interface is not None and name in interface.all_members:
        return [each for each in everywhere if each not in interface.object_in]
    return everywhere


def _field(
    draw: st.DrawFn,
    world: BroadWorld,
    owner: str,
    name: str,
    targets: list[str],
    one_home: bool = False,
) -> BroadField:
    of = draw(st.sampled_from([*SCALARS[:2], *SCALARS, *targets, *(targets if name[1:].isdigit() else ())]))
    if owner == "I":
        homes = sorted(world.abstract["I"].object_in)
    elif owner in world.types:
        homes = allowed_homes(world, owner)
    else:
        homes = list(range(world.size))
    both = [each for each in homes if each in allowed_homes(world, of)]
    if not both:
        of, both = "String", homes
    is_value = owner in world.types and not world.types[owner].is_entity
    if is_value and draw(st.integers(0, 2)):
        drawn = frozenset(both)
    else:
        drawn = frozenset(draw(st.sets(st.sampled_from(both), min_size=1, max_size=1 if one_home else 2)))
    lists = draw(st.sampled_from([0, 0, 0, 1, 1, 2])) if not one_home else draw(st.integers(0, 1))
    strict = frozenset(each for each in drawn if draw(st.integers(0, 2)) == 0)
    argument = draw(st.sampled_from([None, None, None, "x", "w"]))
    model = BroadField(owner, name, of, lists, drawn, strict, argument)
    if not world.members_for(model):
        model.homes = frozenset({min(drawn)})
        model.strict_in &= model.homes
    return model


def _add_interface_fields(draw: st.DrawFn, world: BroadWorld, targets: list[str]) -> None:
    interface = world.abstract.get("I")
    if interface is None:
        return
    for index in range(draw(st.integers(1, 2))):
        shape = _field(draw, world, "Query", f"i{index}", targets)
        of = shape.of if shape.of in SCALARS or index == 0 else "String"
        for member in interface.all_members:
            homes = sorted(
                set(allowed_homes(world, member)) & set(allowed_homes(world, of)) & set(interface.members)
            )
            if not homes:
                of, homes = "String", sorted(interface.members)
        for member in interface.all_members:
            homes = sorted(set(allowed_homes(world, member)) & set(allowed_homes(world, of)))
            drawn = frozenset(draw(st.sets(st.sampled_from(homes), min_size=1, max_size=3)))
            each = BroadField(member, shape.name, of, shape.lists, drawn, frozenset(), shape.argument)
            if not world.members_for(each):
                each.homes = frozenset({min(drawn)})
            world.types[member].fields.append(each)
        interface.fields.append(shape.name)
        if "J" in world.abstract and draw(st.booleans()):
            world.abstract["J"].fields.append(shape.name)


def _close(draw: st.DrawFn, world: BroadWorld) -> None:
    """Where each type is, and by which keys it is known there."""
    everything = [each for model in world.types.values() for each in model.fields]
    waiting = [(name, home) for each in everything for home in each.homes for name in (each.of, each.owner)]
    waiting += [(each.of, home) for each in [*world.roots, *world.object_fields] for home in each.homes]
    for abstract in world.abstract.values():
        waiting += [(each, home) for home, members in abstract.members.items() for each in members]
    for name, home in waiting:
        for each in _objects(world, name, home):
            world.types[each].present.add(home)
    for model in world.types.values():
        if model.is_entity:
            _draw_keys(draw, world, model)
        else:
            for home in model.present:
                if not any(home in each.homes for each in model.fields):
                    model.fields[0].homes |= {home}
    for value in world.types.values():
        # A value's fields lead to types that must be there too.
        for each in () if value.is_entity else value.fields:
            for home in sorted(each.homes & value.present):
                for name in _objects(world, each.of, home):
                    _bring(world.types[name], home)


def _objects(world: BroadWorld, name: str, home: int) -> list[str]:
    """The object types that a subgraph has for the sake of a type."""
    if name in world.types:
        return [name]
    return world.abstract[name].members.get(home, []) if name in world.abstract else []


def _bring(model: BroadType, home: int) -> None:
    if home in model.present:
        return
    model.present.add(home)
    if model.is_entity:
        model.keys[home] = [("id",)]
    else:
        model.fields[0].homes |= {home}


def _draw_keys(draw: st.DrawFn, world: BroadWorld, model: BroadType) -> None:
    interface = world.abstract.get("I")
    by_id = interface is not None and model.name in interface.all_members and bool(interface.object_in)
    simple = by_id or draw(st.integers(0, 2)) == 0
    keys = [("id",), ("id",), ("code",), ("org",), ("id", "code"), ("code", "org")]
    for home in sorted(model.present):
        drawn = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2, unique=True))
        model.keys[home] = [("id",)] if simple else drawn
        is_stub = not any(home in each.homes for each in model.fields)
        if is_stub and not by_id and draw(st.booleans()):
            model.stubs.add(home)


def _add_relations(draw: st.DrawFn, world: BroadWorld) -> None:
    everything = [each for model in world.types.values() for each in model.fields]
    # A field requires such as come before it, so that none is worked out from itself.
    ordered = {id(each): index for index, each in enumerate([*everything, *world.object_fields])}
    needed: set[int] = set()
    for each in everything:
        owner = world.types[each.owner]
        if not owner.is_entity:
            continue
        choice = draw(st.sampled_from(["", "", "requires", "requires", "override"]))
        if choice == "requires" and len(each.homes) == 1:
            [home] = each.homes
            before = ordered[id(each)]
            siblings = [one for one in owner.fields if ordered[id(one)] < before and home not in one.homes]
            siblings = [one for one in siblings if one.taken_from != home]
            each.requires = _field_set(draw, world, siblings, home, ordered, before, needed)
        if choice == "override" and len(each.homes) == 1 and not each.external_in:
            _take(draw, world, each)
    for index, each in enumerate(world.object_fields):
        if len(each.homes) == 1 and draw(st.booleans()):
            [home] = each.homes
            interface = world.abstract["I"]
            siblings = [one for one in world.object_fields[:index] if home not in one.homes]
            siblings += [
                one
                for one in world.types[interface.all_members[0]].fields
                if one.name in (interface.fields or ()) and one.of in SCALARS
            ]
            each.requires = _field_set(draw, world, siblings, home, ordered, 10**9, needed)
    for each in [*everything, *world.roots]:
        for home in () if each.requires else sorted(each.homes):
            if draw(st.integers(0, 2)) == 0 and (provided := _provided(draw, world, each.of, home, 0)):
                each.provides[home] = provided
    for each in everything:
        quiet = not each.strict_in or each.homes <= each.strict_in
        each.fails = id(each) not in needed and quiet and draw(st.integers(0, 7)) == 7
        on_interface = any(each.name in (one.fields or ()) for one in world.abstract.values())
        if not on_interface and each is not world.types[each.owner].fields[0]:
            each.hidden = draw(st.integers(0, 9)) == 9


def _take(draw: st.DrawFn, world: BroadWorld, each: BroadField) -> None:
    """`@override` from a subgraph that has what the field leads to."""
    others = [one for one in world.types[each.owner].keys if one not in each.homes]
    others = [one for one in others if one in allowed_homes(world, each.of)]
    others = [one for one in others if each.of in SCALARS or one in _present(world, each.of)]
    if not others:
        return
    each.taken_from = draw(st.sampled_from(others))
    if not world.members_for(each):
        each.taken_from = None
    elif each.homes <= each.strict_in:
        each.strict_in |= {each.taken_from}


def _present(world: BroadWorld, name: str) -> set[int]:
    if name in world.abstract:
        return set(world.abstract[name].members)
    return world.types[name].present


def _field_set(
    draw: st.DrawFn,
    world: BroadWorld,
    siblings: list[BroadField],
    home: int,
    ordered: dict[int, int],
    before: int,
    needed: set[int],
    depth: int = 0,
) -> list[Selected]:
    found = []
    for model in siblings:
        if len(found) == 2 or draw(st.booleans()):
            continue
        selected = Selected(model)
        if model.argument is not None and draw(st.booleans()):
            selected.x = draw(st.integers(1, 3))
        if model.of not in SCALARS:
            if depth == 2 or home not in _present(world, model.of):
                continue
            selected.inner = _inside(draw, world, model, home, ordered, before, needed, depth)
            if not selected.inner:
                continue
        interface = world.abstract.get("I")
        same = [model]
        if interface and interface.fields and model.name in interface.fields:
            same = [world.field_of(each, model.name) for each in interface.all_members]
        needed.update(id(one) for one in same)
        if home not in model.homes:
            model.external_in.add(home)
        found.append(selected)
    return found


def _inside(
    draw: st.DrawFn,
    world: BroadWorld,
    model: BroadField,
    home: int,
    ordered: dict[int, int],
    before: int,
    needed: set[int],
    depth: int,
) -> list[Selected]:
    abstract = world.abstract.get(model.of)
    names = abstract.members[home] if abstract else [model.of]
    found = []
    for name in names:
        below = [
            one
            for one in world.types[name].fields
            if ordered[id(one)] < before
            and (one.taken_from != home)
            and (one.of in SCALARS or depth < 2)
            and not (abstract and any(one.name in (each.fields or ()) for each in world.abstract.values()))
        ]
        for each in _field_set(draw, world, below, home, ordered, before, needed, depth + 1):
            each.on = name if abstract else None
            found.append(each)
    return found


def _provided(draw: st.DrawFn, world: BroadWorld, of: str, home: int, depth: int) -> list[Selected]:
    if of in SCALARS or home not in _present(world, of):
        return []
    abstract = world.abstract.get(of)
    if abstract and home in abstract.object_in:
        return []
    found: list[Selected] = []
    for name in abstract.members[home] if abstract else [of]:
        for model in world.types[name].fields:
            if home in model.homes or model.requires or model.taken_from is not None or len(found) == 3:
                continue
            if model.argument is not None or model.of in ("Shade", *world.abstract) or draw(st.booleans()):
                continue
            inner = []
            if model.of in world.types:
                if depth == 1 or home not in world.types[model.of].present:
                    continue
                inner = _provided(draw, world, model.of, home, depth + 1)
                if not inner:
                    continue
            model.external_in.add(home)
            found.append(Selected(model, inner, name if abstract else None))
    return found
