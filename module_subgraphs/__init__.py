"""One folder is one business module. `installed()` finds them; nothing else knows their names."""

import importlib
import logging
from collections.abc import Iterator
from pathlib import Path

from foundation_subgraph.kit import BrokenSubgraph, Installed, Subgraph

_log = logging.getLogger(__name__)


def installed() -> Installed:
    """Every module of this folder, by name. One that fails to import is reported and leaves the others alone."""
    return find_modules(__name__, Path(__file__).parent)


def find_modules(package: str, folder: Path) -> Installed:
    """The subgraphs in the doors of the folder's packages."""
    found: list[Subgraph] = []
    broken: list[BrokenSubgraph] = []
    for name in _module_names(folder):
        try:
            found.append(_load(f"{package}.{name}", name))
        except KeyboardInterrupt:
            raise  # a person's wish, as far as anybody can tell
        except BaseException as error:  # noqa: BLE001 - a module may fail in any way it likes, alone
            _log.warning("the module %s is left out", name, exc_info=error)
            words = str(error).strip().splitlines() or [""]
            broken.append(BrokenSubgraph(name, f"{type(error).__name__}: {words[0]}"))
    return Installed(tuple(found), tuple(broken))


def _module_names(folder: Path) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        if path.name.isidentifier() and (path / "__init__.py").is_file():
            yield path.name


def _load(module: str, name: str) -> Subgraph:
    subgraph = getattr(importlib.import_module(module), "subgraph", None)
    if not isinstance(subgraph, Subgraph):
        raise TypeError(f"the door of {name} has no `subgraph`")
    if subgraph.name != name:
        raise ValueError(f"the subgraph in the folder {name} calls itself {subgraph.name}")
    return subgraph
