"""A world split: the document of each of its subgraphs."""

from collections.abc import Iterator

from tests.differential.world import ROOTS, SCALARS, FieldModel, TypeModel, World

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key" "@external" "@requires" "@provides" "@shareable" "@override" "@interfaceObject" "@context" "@fromContext"
])\n"""


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
        if world.context is not None and (model.name, subgraph) == (
            world.context.setter,
            world.context.subgraph,
        ):
            head += ' @context(name: "above")'
        fields += [f"{name}: ID! @shareable" for name in sorted(names)]
    for each in model.fields:
        if each.told_by is not None and subgraph in each.homes:
            argument = f'mark: String @fromContext(field: "$above {{ {each.told_by.name} }}")'
            fields.append(f"{each.name}({argument}): {each.type_text}")
        elif _here(each, subgraph):
            fields.append(_with(each.text, *_directives(world, model, each, subgraph)))
        elif subgraph in each.provided_by or any(
            one.requires is each and subgraph in one.homes for one in model.fields
        ):
            fields.append(_with(each.text, "@external"))
    return f"{head} {{ {' '.join(fields)} }}"


def _directives(world: World, model: TypeModel, each: FieldModel, subgraph: int) -> Iterator[str]:
    if each.overridden_in is not None and subgraph in each.homes:
        label = f', label: "{each.label}"' if each.label is not None else ""
        yield f'@override(from: "s{each.overridden_in}"{label})'
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
