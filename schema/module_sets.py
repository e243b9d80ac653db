"""Sets of module versions, judged: what the registry of modules asks before it changes what tenants have."""

from collections.abc import Sequence

from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import Permission
from foundation_subgraph.modules.checking import GraphProblem
from foundation_subgraph.modules.model import ModuleVersion
from schema.checks import UnreadableContractError, Verdict, compare_contracts
from schema.contract import Contract, DeclaredPermission
from supergraph.composer import Composition, SubgraphSource, compose
from supergraph.spec import SubgraphName


class ModuleSetCheck:
    """Composes versions with the foundation of this process, and compares what comes of it."""

    def problems(self, together: Sequence[ModuleVersion]) -> Sequence[GraphProblem]:
        return [
            GraphProblem(f"{each.message} {each.mend}".strip(), tuple(each.subgraphs))
            for each in _compose(together).errors
        ]

    def breaking(self, before: Sequence[ModuleVersion], after: Sequence[ModuleVersion]) -> Sequence[str]:
        try:
            findings = compare_contracts(_contract(before), _contract(after))
        except UnreadableContractError as error:
            return [str(error)]
        return [
            f"{each.change.coordinate}: {each.ruling.why}"
            for each in findings
            if each.ruling.verdict is Verdict.BREAKING
        ]


def _compose(together: Sequence[ModuleVersion]) -> Composition:
    sources = [SubgraphSource(each.id.module, each.address, each.sdl) for each in together]
    known = {each.id for each in foundation.permissions}
    known |= {permission.id for each in together for permission in each.permissions}
    return compose([SubgraphSource(foundation.name, "", foundation.sdl()), *sources], known_permissions=known)


def _contract(together: Sequence[ModuleVersion]) -> Contract:
    composition = _compose(together)
    if composition.supergraph_sdl is None or composition.api_schema_sdl is None:
        why = composition.errors[0].message
        raise UnreadableContractError(f"the versions to compare with do not compose: {why}")
    documents = {SubgraphName(each.id.module): each.sdl for each in together}
    permissions = [
        *_declared(SubgraphName(foundation.name), foundation.permissions),
        *(
            declared
            for each in together
            for declared in _declared(SubgraphName(each.id.module), each.permissions)
        ),
    ]
    return Contract(
        {SubgraphName(foundation.name): foundation.sdl(), **documents},
        composition.supergraph_sdl,
        composition.api_schema_sdl,
        tuple(sorted(permissions)),
    )


def _declared(subgraph: SubgraphName, permissions: Sequence[Permission]) -> list[DeclaredPermission]:
    return [DeclaredPermission(each.id, subgraph, each.description, str(each.access)) for each in permissions]
