"""What is told of denials to those who may know: the audit that keeps them, and who knows how to help."""

from dataclasses import dataclass
from datetime import datetime

from supergraph.spec.names import Coordinate, SubgraphName


@dataclass(frozen=True, slots=True)
class MissingGrant:
    """What a caller lacks to pass one rule. `guarded` is where the rule stands, `owners` the subgraphs that have it.

    `scopes` and `policies` are alternatives: what lacks of each. Neither: the caller is not signed in.
    """

    guarded: Coordinate
    owners: tuple[SubgraphName, ...]
    sign_in: bool
    scopes: tuple[frozenset[str], ...] = ()
    policies: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class DenialRecord:
    """That a caller was denied a field. `id` is what the client was told; all else is for those who may read the log.

    `rules` are the directives that failed, as in `@requiresScopes(scopes: [["a"]]) on User.email`. `outcome` is
    `filtered` (the field was null), `rejected` (nothing was executed), `rehearsed` (it was given nevertheless) or
    `refused` (the use case behind the field did nothing: `rules` is the code of its refusal).
    `missing` is what lacked, rule by rule.
    """

    id: str
    at: datetime
    coordinate: Coordinate
    rules: tuple[str, ...]
    outcome: str
    subject: str | None
    tenant: str | None
    operation_name: str | None
    missing: tuple[MissingGrant, ...] = ()
