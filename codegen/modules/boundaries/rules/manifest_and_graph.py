import json
from collections.abc import Iterator

from codegen.modules.boundaries.model import Fault, ModuleUnderCheck
from codegen.modules.house import FOUNDATION, keyed_types
from foundation_subgraph.kit import Manifest, Subgraph


def manifest_agrees_with_the_graph(module: ModuleUnderCheck) -> Iterator[Fault]:
    """The entities, modules and permissions that a manifest names are those that the subgraph shows."""
    if module.manifest is None or module.subgraph is None:
        return
    yield from _entities(module, module.manifest, module.subgraph)
    yield from _neighbours(module, module.manifest)
    for what, said, shown in (
        ("title", module.manifest.title, module.subgraph.title),
        ("owner", module.manifest.owner, module.subgraph.owner),
    ):
        if said != shown:
            yield Fault(
                module.manifest_path,
                module.manifest_line(f"{what} ="),
                f'the manifest has the {what} "{said}", the subgraph "{shown}"',
                f"Build the subgraph with {what}=MANIFEST.{what}.",
            )
    if {each.id for each in module.manifest.permissions} != {each.id for each in module.subgraph.permissions}:
        yield Fault(
            module.manifest_path,
            module.manifest_line("[permissions]"),
            "the subgraph has other permissions than the manifest",
            "Build the subgraph with permissions=MANIFEST.permissions.",
        )


def _entities(module: ModuleUnderCheck, manifest: Manifest, subgraph: Subgraph) -> Iterator[Fault]:
    shown = set(keyed_types(subgraph.sdl()))
    path = module.manifest_path
    for key, named in (("owns", manifest.owns), ("extends", manifest.extends)):
        for entity in named:
            if entity not in shown:
                yield Fault(
                    path,
                    module.manifest_line(f"{key} ="),
                    f"the manifest {key} {entity}, which is no entity of the subgraph",
                    f"Take {entity} out of {key}, or give the type {entity} a key.",
                )
    for entity in manifest.owns:
        owner = module.owners.get(entity, module.id)
        if owner != module.id:
            yield Fault(
                path,
                module.manifest_line("owns ="),
                f"{entity} is owned by {owner}",
                f"Move {entity} from owns to extends.",
            )
    for entity in manifest.extends:
        if module.owners.get(entity) in {None, module.id}:
            yield Fault(
                path,
                module.manifest_line("extends ="),
                f"the manifest extends {entity}, which nobody else owns",
                f"Move {entity} from extends to owns, or take it out.",
            )
    for entity in sorted(shown - {*manifest.owns, *manifest.extends}):
        owner = module.owners.get(entity, module.id)
        key = "owns" if owner == module.id else "extends"
        yield Fault(
            path,
            module.manifest_line(f"{key} ="),
            f"the subgraph has the entity {entity}, which the manifest does not name",
            f"Add it to {key}.",
        )


def _neighbours(module: ModuleUnderCheck, manifest: Manifest) -> Iterator[Fault]:
    needed = {module.owners[entity] for entity in manifest.extends if entity in module.owners}
    needed -= {FOUNDATION, module.id}
    if needed != set(manifest.depends_on):
        yield Fault(
            module.manifest_path,
            module.manifest_line("depends_on ="),
            f"depends_on is {json.dumps(manifest.depends_on)}, and the entities it extends are of {json.dumps(sorted(needed))}",
            f"Write depends_on = {json.dumps(sorted(needed))}.",
        )
