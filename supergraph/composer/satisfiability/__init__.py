"""Is every field of the API reachable? Proved on the planner's own query graph."""

from supergraph.composer.satisfiability.proving import prove_every_field_reachable

__all__ = ["prove_every_field_reachable"]
