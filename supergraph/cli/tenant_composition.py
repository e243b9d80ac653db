"""The composer for graphs of tenants: gateway and composer know nothing of each other."""

from collections.abc import Sequence

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import ModuleDocument, NotComposedError


def compose_modules(documents: Sequence[ModuleDocument]) -> str:
    """The supergraph of these subgraphs. Raises NotComposedError, with the first of the problems.

    Permissions are not checked, for a module that runs elsewhere has its own: one that nobody can have opens nothing.
    """
    composition = compose(
        [SubgraphSource(each.name, _url(each), each.sdl) for each in documents],
    )
    sdl = composition.supergraph_sdl
    if sdl is None:
        first, *others = composition.errors
        more = f", and {len(others)} more" if others else ""
        raise NotComposedError(f"{first.code}: {first.message}{more}")
    return sdl


def _url(document: ModuleDocument) -> str:
    return document.address if isinstance(document.address, str) else ""
