"""House: what the graph and the folder of modules hold already, so that a new module takes nobody's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphql import (
    ConstDirectiveNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    parse,
)

from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import MANIFEST_FILE, Manifest, ManifestError
from module_subgraphs import find_modules

FOUNDATION: Final = "foundation"


@dataclass(frozen=True, slots=True)
class House:
    """`types` gives the subgraph that has a type, `owners` the one that owns an entity.

    `keys` are the field sets by which an entity is found, `fields` those of an object type in all subgraphs.
    """

    types: Mapping[str, str]
    owners: Mapping[str, str]
    keys: Mapping[str, frozenset[str]]
    fields: Mapping[str, frozenset[str]]


def read_manifests(folder: Path) -> dict[str, Manifest]:
    """The manifests of a folder of modules, by the folder's name; those that cannot be read are left out."""
    found: dict[str, Manifest] = {}
    for path in sorted(folder.glob(f"*/{MANIFEST_FILE}")):
        try:
            found[path.parent.name] = Manifest.read(path)
        except ManifestError:
            continue
    return found


def owners_of_entities(manifests: Mapping[str, Manifest]) -> dict[str, str]:
    """Entity -> the subgraph that owns it; the foundation's are those of its own document."""
    owners = {entity: id_ for id_, manifest in manifests.items() for entity in manifest.owns}
    return owners | dict.fromkeys(keyed_types(foundation.sdl()), FOUNDATION)


def keyed_types(sdl: str) -> dict[str, frozenset[str]]:
    """The entities of a subgraph's document -> the field sets of the keys by which it finds them.

    A stub with `resolvable: false` alone refers to an entity and adds nothing to it: it is left out.
    """
    keyed: dict[str, frozenset[str]] = {}
    for node in parse(sdl).definitions:
        if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            keys = [directive for directive in node.directives or () if _finds(directive)]
            if keys:
                keyed[node.name.value] = frozenset(
                    str(getattr(argument.value, "value", ""))
                    for key in keys
                    for argument in key.arguments or ()
                    if argument.name.value == "fields"
                )
    return keyed


def _finds(directive: ConstDirectiveNode) -> bool:
    """Whether it is a key, and the subgraph resolves it."""
    return directive.name.value == "key" and not any(
        argument.name.value == "resolvable" and getattr(argument.value, "value", True) is False
        for argument in directive.arguments or ()
    )


def read_house(modules: Path, *, ignoring: str = "") -> House:
    """The house of the foundation and the modules of a folder, imported; one that is broken takes no names.

    `ignoring` is a module whose own names are free, since it is about to be written anew.
    """
    types: dict[str, str] = {}
    fields: dict[str, frozenset[str]] = {}
    keys: dict[str, frozenset[str]] = {}
    found = find_modules(modules.name, modules).subgraphs
    for subgraph in (foundation, *(each for each in found if each.name != ignoring)):
        sdl = subgraph.sdl()
        for node in parse(sdl, no_location=True).definitions:
            if isinstance(node, TypeDefinitionNode):
                types.setdefault(node.name.value, subgraph.name)
            if isinstance(node, ObjectTypeDefinitionNode):
                known = fields.get(node.name.value, frozenset())
                fields[node.name.value] = known | {field.name.value for field in node.fields or ()}
        for entity, sets in keyed_types(sdl).items():
            keys[entity] = keys.get(entity, frozenset()) | sets
    return House(types, owners_of_entities(read_manifests(modules)), keys, fields)
