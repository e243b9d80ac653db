"""A broad world split: the document of each of its subgraphs."""

from collections.abc import Iterator

from tests.differential.broad_world import ATOMS, ROOTS, BroadField, BroadType, BroadWorld, texts

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key" "@external" "@requires" "@provides" "@shareable" "@override" "@interfaceObject" "@inaccessible"
])\n"""


def broad_sdl(world: BroadWorld, subgraph: int) -> str:
    lines = [
        LINK,
        f"scalar Any enum Shade {{ ALL S{subgraph} }} input In {{ a: Int s{subgraph}: Int }}",
    ]
    interface = world.abstract.get("I")
    if interface is not None and subgraph in interface.object_in:
        fields = [_printed(world, each, subgraph) for each in world.object_fields]
        for name in interface.fields or ():
            each = world.field_of(interface.all_members[0], name)
            if each is not None and subgraph in each.external_in:
                fields.append(f"{each.text_in(-1)} @external")
        lines.append(
            f'type I @key(fields: "id") @interfaceObject {{ id: ID! {" ".join(filter(None, fields))} }}'
        )
    for abstract in world.abstract.values():
        members = abstract.members.get(subgraph)
        if members is None:
            continue
        if abstract.fields is None:
            lines.append(f"union {abstract.name} = {' | '.join(members)}")
            continue
        fields = ["id: ID!", *_interface_fields(world, abstract.name, subgraph)]
        head = f"interface {abstract.name}{f' implements {abstract.above}' if abstract.above else ''}"
        if abstract.object_in and members == abstract.all_members:
            head += ' @key(fields: "id")'
        lines.append(f"{head} {{ {' '.join(fields)} }}")
    has_org = False
    for model in world.types.values():
        if subgraph in model.present:
            lines.append(_print_type(world, model, subgraph))
            has_org = has_org or "org: K!" in lines[-1]
    if has_org:
        lines.append("type K { oid: ID! @shareable }")
    for root in ROOTS:
        printed = [
            _printed(world, each, subgraph)
            for each in world.roots
            if each.owner == root and subgraph in each.homes
        ]
        if printed:
            lines.append(f"type {root} {{ {' '.join(filter(None, printed))} }}")
    return "\n".join(lines)


def _interface_fields(world: BroadWorld, name: str, subgraph: int) -> Iterator[str]:
    abstract = world.abstract[name]
    own = list(abstract.fields or ())
    for field in own:
        found = [world.field_of(each, field) for each in abstract.members[subgraph]]
        if all(each is not None and subgraph in each.homes for each in found):
            yield found[0].text_in(-1)


def _print_type(world: BroadWorld, model: BroadType, subgraph: int) -> str:
    head, fields = f"type {model.name}", []
    if model.is_entity:
        atoms = {atom for key in model.keys[subgraph] for atom in key}
        implemented = [
            each.name
            for each in world.abstract.values()
            if each.fields is not None and model.name in each.members.get(subgraph, ())
        ]
        if implemented:
            head += f" implements {' & '.join(implemented)}"
            atoms |= {"id"}
        stub = ", resolvable: false" if subgraph in model.stubs else ""
        for key in model.keys[subgraph]:
            head += f' @key(fields: "{" ".join(ATOMS[each] for each in key)}"{stub})'
        for atom in sorted(atoms):
            hidden = " @inaccessible" if atom in world.hidden_atoms else ""
            fields.append(f"{atom}: {'K!' if atom == 'org' else 'ID!'} @shareable{hidden}")
    fields += filter(None, (_printed(world, each, subgraph) for each in model.fields))
    return f"{head} {{ {' '.join(fields)} }}"


def _printed(world: BroadWorld, each: BroadField, subgraph: int) -> str:
    parts = [each.text_in(subgraph)]
    if subgraph in each.homes or each.taken_from == subgraph:
        if each.taken_from is not None and subgraph in each.homes:
            parts.append(f'@override(from: "s{each.taken_from}")')
        elif each.owner not in ("Mutation", "Subscription"):
            parts.append("@shareable")
        if each.requires and subgraph in each.homes:
            parts.append(f'@requires(fields: "{texts(each.requires)[3:-2]}")')
        if subgraph in each.provides:
            parts.append(f'@provides(fields: "{texts(each.provides[subgraph])[3:-2]}")')
        if each.hidden:
            parts.append("@inaccessible")
    elif subgraph in each.external_in:
        strict = each.homes <= each.strict_in
        parts = [each.text_in(min(each.homes) if strict else -1), "@external"]
    else:
        return ""
    return " ".join(parts)
