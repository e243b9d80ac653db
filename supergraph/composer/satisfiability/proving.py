"""Whether every field can be reached, however the labels of progressive overrides are set.

A walk looks at both sides of every label it meets. On a path that meets one label twice that is too strict, as the
label is set one way for all of a request. So a walk that fails is made again with a label settled, once each way.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.satisfiability.proof import Labels, Proof
from supergraph.composer.satisfiability.standing import Standings
from supergraph.composer.subgraph import Subgraph
from supergraph.planner import build_query_graph
from supergraph.spec import Code, Supergraph

_MOST_WALKS: Final = 256
"""Settings of labels that are tried; beyond them the answer is an error and not a silence."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a walk found under labels that decide the matter; others may be set either way."""

    labels: Labels
    failures: Sequence[Diagnostic]


def prove_every_field_reachable(supergraph: Supergraph, subgraphs: Sequence[Subgraph]) -> list[Diagnostic]:
    """An error for each field that some path of the API cannot reach, with a shortest such path."""
    standings = Standings(build_query_graph(supergraph))
    outcomes: list[_Outcome] = []
    waiting: list[Labels] = [{}]
    walks = 0
    while waiting and walks < _MOST_WALKS:
        walks += 1
        labels = waiting.pop()
        walk = Proof(standings, subgraphs, labels)
        failures = list(walk.run())
        undecided = sorted(walk.labels - labels.keys()) if failures else []
        if undecided:
            waiting += [{**labels, undecided[0]: active} for active in (True, False)]
        else:
            outcomes.append(_Outcome(labels, failures))
    found = list(_told_once(outcomes))
    if waiting and not found:
        why = "its labels of @override depend on each other in more ways than can be tried"
        code = Code.MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED
        found.append(report(code, "schema", _labelled(subgraphs), why=why))
    return found


def _told_once(outcomes: Sequence[_Outcome]) -> Iterator[Diagnostic]:
    """Each unreachable field under the first labels that make it so; without them where none helps."""
    told: set[str] = set()
    for outcome in outcomes:
        for each in outcome.failures:
            if each.at in told:
                continue
            always = all(any(other.at == each.at for other in one.failures) for one in outcomes)
            when = "" if always else _describe(outcome.labels)
            yield replace(each, facts=(*each.facts, ("when", when)))
        told |= {each.at for each in outcome.failures}


def _describe(labels: Labels) -> str:
    said = (
        f'"{label}" is {"active" if active else "not active"}' for label, active in sorted(labels.items())
    )
    return f" while the label {' and '.join(said)}"


def _labelled(subgraphs: Iterable[Subgraph]) -> list[tuple[Subgraph, int]]:
    return [
        (subgraph, field.override.at)
        for subgraph in subgraphs
        for definition in subgraph.types.values()
        for field in definition.fields.values()
        if field.override is not None and field.override.label
    ]
