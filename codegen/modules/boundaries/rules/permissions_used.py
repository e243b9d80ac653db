import ast
import difflib
from collections.abc import Iterator
from typing import Final

from codegen.modules.boundaries.calls import argument, called_name, text_of, texts_in
from codegen.modules.boundaries.model import Fault, ModuleUnderCheck

_NAMING: Final = frozenset({"requires", "permission", "Permission", "RequiresScopes"})


def used_permissions_are_registered(module: ModuleUnderCheck) -> Iterator[Fault]:
    """What rules ask for stands in the manifest, and what stands there begins with the module's id."""
    if module.manifest is None:
        return
    registered = [permission.id for permission in module.manifest.permissions]
    for id_ in registered:
        if not id_.startswith(f"{module.id}:"):
            yield Fault(
                module.manifest_path,
                module.manifest_line(f'"{id_}"'),
                f"the permission {id_} does not begin with {module.id}:",
                f"Name it like {module.id}:{id_.rpartition(':')[2]}: the beginning says whose it is.",
            )
    for file, node in module.nodes():
        if file.is_test or not isinstance(node, ast.Call) or called_name(node) not in _NAMING:
            continue
        for id_ in _named(node):
            if id_ not in registered:
                near = difflib.get_close_matches(id_, registered, n=1)
                meant = f"Did you mean {near[0]}? Else add it" if near else "Add it"
                yield Fault(
                    file.path,
                    node.lineno,
                    f"the permission {id_} is not registered",
                    f"{meant} under [permissions] in {module.manifest_path}.",
                )


def _named(call: ast.Call) -> list[str]:
    if called_name(call) in {"requires", "RequiresScopes"}:
        return texts_in(call)
    first = text_of(argument(call, 0, "id"))
    return [] if first is None else [first]
