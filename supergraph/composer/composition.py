"""The story of composing: read, check, merge, check, prove, print."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from supergraph.composer.contracts import apply_contract
from supergraph.composer.diagnostics import Diagnostic, any_error, report
from supergraph.composer.merge import merge_subgraphs
from supergraph.composer.merged_rules import check_merged, check_shared_types
from supergraph.composer.permissions import permissions_are_known
from supergraph.composer.reading import SubgraphSource, read_subgraphs
from supergraph.composer.satisfiability import prove_every_field_reachable
from supergraph.composer.subgraph_rules import (
    check_subgraphs,
    extensions_have_a_base,
    overrides_can_be_obeyed,
)
from supergraph.composer.upgrading import upgrade_subgraphs
from supergraph.spec import (
    Code,
    Supergraph,
    TypeName,
    api_document,
    cycle_collector_at_rest,
    print_supergraph,
)


@dataclass(frozen=True, slots=True)
class Composition:
    """A supergraph and the hints met on the way, or the problems of the first stage that found an error.

    `supergraph` is None where there is an error. `diagnostics` stand in the order of the documents, errors first.
    """

    supergraph: Supergraph | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        return self.supergraph is not None

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(each for each in self.diagnostics if each.is_error)

    @property
    def hints(self) -> tuple[Diagnostic, ...]:
        return tuple(each for each in self.diagnostics if not each.is_error)

    @property
    def supergraph_sdl(self) -> str | None:
        """The document for routers; printed anew at each call."""
        return print_supergraph(self.supergraph) if self.supergraph is not None else None

    @property
    def api_schema_sdl(self) -> str | None:
        """The schema clients may see; printed anew at each call."""
        return api_document(self.supergraph) if self.supergraph is not None else None


def compose(
    sources: Sequence[SubgraphSource],
    *,
    known_permissions: Collection[str] | None = None,
    exclude_tags: Collection[str] = (),
    include_tags: Collection[str] = (),
) -> Composition:
    """Merge subgraph documents into one supergraph, or say precisely why not.

    With `known_permissions`, a scope that is not among them is an error. With tags, what they leave out is hidden from
    clients, as `apply_contract` says. The order of the sources does not matter.
    """
    with cycle_collector_at_rest():
        try:
            composition = _compose(sources, known_permissions)
        except RecursionError:
            # A document made to break us: nobody's keys and requirements lead through hundreds of types.
            why = "types, keys or requirements refer to each other more deeply than can be followed"
            return _ended([report(Code.INVALID_GRAPHQL, "schema", why=why)])
        if composition.supergraph is None or not (exclude_tags or include_tags):
            return composition
        contract = apply_contract(
            composition.supergraph, exclude_tags=exclude_tags, include_tags=include_tags
        )
        found = [*composition.diagnostics, *check_merged(contract, read_subgraphs(sources)[0])]
        return _ended(found, None if any_error(found) else contract)


def _compose(sources: Sequence[SubgraphSource], known_permissions: Collection[str] | None) -> Composition:
    subgraphs, found = read_subgraphs(sources)
    found += check_subgraphs(subgraph for subgraph in subgraphs if not subgraph.is_federation_1)
    if any_error(found):
        return _ended(found)
    subgraphs, problems = upgrade_subgraphs(subgraphs)
    # What could not be upgraded is not told about the rules of federation 2.
    unfit = {name for problem in problems for name in problem.subgraphs}
    found += problems
    found += check_subgraphs(
        subgraph for subgraph in subgraphs if subgraph.is_federation_1 and subgraph.name not in unfit
    )
    if known_permissions is not None:
        found += permissions_are_known(subgraphs, known_permissions)
    if any_error(found):
        return _ended(found)
    supergraph, problems = merge_subgraphs(subgraphs)
    found += problems
    found += extensions_have_a_base(subgraphs)
    disputed = {TypeName(problem.at) for problem in problems if problem.code is Code.TYPE_KIND_MISMATCH}
    found += overrides_can_be_obeyed(subgraphs, disputed)
    if any_error(found):
        return _ended(found)
    found += check_merged(supergraph, subgraphs)
    if any_error(found):
        return _ended(found)
    found += check_shared_types(supergraph, subgraphs)
    found += prove_every_field_reachable(supergraph, subgraphs)
    return _ended(found, None if any_error(found) else supergraph)


def _ended(found: Sequence[Diagnostic], supergraph: Supergraph | None = None) -> Composition:
    ordered = sorted(
        found, key=lambda each: (not each.is_error, each.locations, each.code, each.at, each.facts)
    )
    return Composition(supergraph, tuple(ordered))
