"""Breaking changes that are meant: a list that is committed and reviewed like the documents beside it."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import yaml

from schema.checks.changes import ChangeKind
from schema.checks.comparison import Finding
from schema.checks.verdicts import RULINGS, Verdict
from supergraph.spec import Coordinate

ACCEPTED_FILE: Final = "accepted.yaml"
"""Stands beside the folder `sdl`."""

_KEYS: Final = ("coordinate", "change", "reason")


class UnreadableAcceptancesError(Exception):
    """The list is broken. The message is one line and names file and line."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One breaking change that is meant, and why. `line` is where it stands in the file, from 1."""

    coordinate: Coordinate
    kind: ChangeKind
    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class Judged:
    """The findings, the accepted ones with their reason; and what the list accepts without there being such a change."""

    findings: tuple[Finding, ...]
    stale: tuple[Acceptance, ...]

    @property
    def breaks(self) -> tuple[Finding, ...]:
        """What breaks clients and nobody has accepted."""
        return tuple(
            each
            for each in self.findings
            if each.ruling.verdict is Verdict.BREAKING and each.accepted is None
        )


def judge(findings: Sequence[Finding], acceptances: Sequence[Acceptance]) -> Judged:
    """An acceptance is for exactly one coordinate and one kind of change, and for breaking ones alone."""
    given = {(each.coordinate, each.kind): each for each in acceptances}
    used: set[tuple[Coordinate, ChangeKind]] = set()
    judged: list[Finding] = []
    for finding in findings:
        meant = (finding.change.coordinate, finding.change.kind)
        acceptance = given.get(meant)
        if acceptance is not None and finding.ruling.verdict is Verdict.BREAKING:
            used.add(meant)
            judged.append(replace(finding, accepted=acceptance.reason))
        else:
            judged.append(finding)
    return Judged(tuple(judged), tuple(each for key, each in given.items() if key not in used))


def read_acceptances(path: Path) -> tuple[Acceptance, ...]:
    """In the order of the file; none where there is no file. Raises UnreadableAcceptancesError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableAcceptancesError(f"{path}: cannot be read as text") from error
    try:
        top = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise UnreadableAcceptancesError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if top is None:
        return ()
    if not isinstance(top, yaml.SequenceNode):
        raise UnreadableAcceptancesError(f"{path}: a list of entries is wanted, each with {_listed(_KEYS)}")
    read = tuple(_read_entry(node, path) for node in top.value)
    _refuse_repeats(read, path)
    return read


def propose(findings: Sequence[Finding]) -> Iterator[str]:
    """Lines for the file, whose reasons are still to be written: without one an entry is refused."""
    for finding in findings:
        yield f"- coordinate: {finding.change.coordinate}"
        yield f"  change: {finding.change.kind}"
        yield "  reason:"


def _read_entry(node: yaml.Node, path: Path) -> Acceptance:
    line = node.start_mark.line + 1
    fields = _fields(node)
    if fields is None or fields.keys() != set(_KEYS):
        raise UnreadableAcceptancesError(f"{path}:{line}: an entry has {_listed(_KEYS)}, and nothing else")
    for name in _KEYS:
        if not fields[name].strip():
            raise UnreadableAcceptancesError(f"{path}:{line}: `{name}` is empty; say it")
    change = fields["change"]
    breaking = [str(kind) for kind in ChangeKind if RULINGS[kind].verdict is Verdict.BREAKING]
    if change not in breaking:
        near = difflib.get_close_matches(change, breaking, n=1)
        meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(breaking)}"
        raise UnreadableAcceptancesError(f"{path}:{line}: {change} is no breaking change; {meant}")
    return Acceptance(
        Coordinate(fields["coordinate"]), ChangeKind(change), " ".join(fields["reason"].split()), line
    )


def _fields(node: yaml.Node) -> Mapping[str, str] | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    fields: dict[str, str] = {}
    for key, value in node.value:
        if not (isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)):
            return None
        fields[key.value] = value.value
    return fields


def _refuse_repeats(acceptances: Sequence[Acceptance], path: Path) -> None:
    first: dict[tuple[Coordinate, ChangeKind], int] = {}
    for each in acceptances:
        before = first.setdefault((each.coordinate, each.kind), each.line)
        if before != each.line:
            raise UnreadableAcceptancesError(
                f"{path}:{each.line}: {each.coordinate} {each.kind} stands in line {before} already"
            )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{each}`" for each in names)
