"""What is installed: subgraphs that can serve, and those that could not even be read."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from foundation_subgraph.kit.subgraph import Subgraph


@dataclass(frozen=True, slots=True)
class BrokenSubgraph:
    """A subgraph that cannot serve, and why. The others do."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Installed:
    """Subgraphs in the order of their names."""

    subgraphs: tuple[Subgraph, ...]
    broken: tuple[BrokenSubgraph, ...] = ()


class UnknownImportError(Exception):
    """An import string that leads nowhere. The message says what it should look like."""


def find_installed(import_string: str) -> Installed:
    """What the function at `package.module:function` finds; `module_subgraphs:installed` is ours."""
    module_name, _, attribute = import_string.partition(":")
    try:
        found: Callable[[], Installed] = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise UnknownImportError(
            f'"{import_string}" does not lead to a function that finds subgraphs ({error}); '
            "write it like module_subgraphs:installed"
        ) from error
    return found()
