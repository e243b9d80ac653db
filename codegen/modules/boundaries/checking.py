"""The check: every module, or those that are named, asked by every rule."""

from collections.abc import Sequence
from pathlib import Path

from codegen.modules.boundaries.changes import read_change
from codegen.modules.boundaries.model import Breach
from codegen.modules.boundaries.reading import module_ids, read_module
from codegen.modules.boundaries.rules import ask_rules
from codegen.modules.house import owners_of_entities, read_manifests


class UnknownModuleError(Exception):
    """No folder of this name. The message is one line."""


def check_modules(modules: Path, ids: Sequence[str] = (), base: str | None = None) -> tuple[Breach, ...]:
    """What the modules of a folder do not keep to, by module, then by rule.

    With a base, a change since it is judged too: what it touches beside the module. Raises UnknownModuleError,
    RevisionError.
    """
    known = module_ids(modules)
    for id_ in ids:
        if id_ not in known:
            raise UnknownModuleError(f"there is no module {id_}; there are {', '.join(known) or 'none'}")
    since = read_change(modules, base)
    owners = owners_of_entities(read_manifests(modules))
    return tuple(
        breach for id_ in ids or known for breach in ask_rules(read_module(modules, id_, owners, since))
    )
