"""Findings -> what people, programs and code hosts read."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Final, TypedDict

from rich.console import Group
from rich.table import Table
from rich.text import Text

from schema.checks.acceptances import Acceptance
from schema.checks.comparison import Finding
from schema.checks.verdicts import Verdict

_STYLES: Final = {Verdict.BREAKING: "bold red", Verdict.RISKY: "yellow", Verdict.SAFE: "green"}
_COMMANDS: Final = {Verdict.BREAKING: "error", Verdict.RISKY: "warning", Verdict.SAFE: "notice"}


class FindingJson(TypedDict):
    kind: str
    coordinate: str
    verdict: str
    change: str
    why: str
    mend: str
    accepted: str | None


class StaleJson(TypedDict):
    coordinate: str
    kind: str
    line: int


class ReportJson(TypedDict):
    """What `dovetail schema check --format json` prints."""

    against: str
    breaking: int
    accepted: int
    risky: int
    safe: int
    changes: list[FindingJson]
    staleAcceptances: list[StaleJson]


def summarize(findings: Sequence[Finding], against: str) -> str:
    """One line: how many of each."""
    if not findings:
        return f"Nothing changed since {against}."
    count = Counter(finding.ruling.verdict for finding in findings)
    accepted = _count_accepted(findings)
    counts = ", ".join(
        f"{count[verdict]} {verdict}"
        + (f" ({accepted} accepted)" if accepted and verdict is Verdict.BREAKING else "")
        for verdict in Verdict
    )
    return f"Since {against}: {counts}."


def render_stale(acceptance: Acceptance) -> str:
    """One line, to follow file and line."""
    return (
        f"nothing breaks {acceptance.coordinate} by {acceptance.kind} here, so nothing is accepted; "
        "take the entry out, since it would let a later change pass"
    )


def render_table(findings: Sequence[Finding]) -> Table:
    table = Table(show_lines=True)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Coordinate", overflow="fold")
    table.add_column("Change", ratio=1, overflow="fold")
    table.add_column("Why, and what to do", ratio=1, overflow="fold")
    for finding in findings:
        change = finding.change
        table.add_row(
            _render_verdict(finding),
            Text(change.coordinate),
            Text(change.sentence),
            _render_why(finding),
        )
    return table


def _render_verdict(finding: Finding) -> Text:
    verdict = finding.ruling.verdict
    if finding.accepted is None:
        return Text(verdict, style=_STYLES[verdict])
    return Text(f"{verdict},\naccepted", style=_STYLES[Verdict.RISKY])


def _render_why(finding: Finding) -> Group:
    ruling = finding.ruling
    if finding.accepted is not None:
        return Group(Text(ruling.why), Text(f"Accepted: {finding.accepted}"))
    return Group(Text(ruling.why), *((Text(ruling.mend, style="dim"),) if ruling.mend else ()))


def render_json(findings: Sequence[Finding], stale: Sequence[Acceptance], against: str) -> str:
    count = Counter(finding.ruling.verdict for finding in findings)
    report = ReportJson(
        against=against,
        breaking=count[Verdict.BREAKING],
        accepted=_count_accepted(findings),
        risky=count[Verdict.RISKY],
        safe=count[Verdict.SAFE],
        changes=[
            FindingJson(
                kind=finding.change.kind,
                coordinate=finding.change.coordinate,
                verdict=finding.ruling.verdict,
                change=finding.change.sentence,
                why=finding.ruling.why,
                mend=finding.ruling.mend,
                accepted=finding.accepted,
            )
            for finding in findings
        ],
        staleAcceptances=[
            StaleJson(coordinate=each.coordinate, kind=each.kind, line=each.line) for each in stale
        ],
    )
    return json.dumps(report, indent=2, ensure_ascii=False)


def render_annotations(findings: Sequence[Finding]) -> list[str]:
    """Workflow commands that code hosts show beside a change: errors, warnings and notices."""
    return [
        f"::{_level(finding)} title={_property(f'{ruling.verdict}: {change.kind}')}::"
        + _message(" ".join(filter(None, (change.sentence, ruling.why, _told_last(finding)))))
        for finding in findings
        for change, ruling in [(finding.change, finding.ruling)]
    ]


def render_stale_annotation(acceptance: Acceptance, file: str) -> str:
    place = f"file={_property(file)},line={acceptance.line}"
    return f"::warning {place},title=stale acceptance::{_message(render_stale(acceptance))}"


def _level(finding: Finding) -> str:
    return _COMMANDS[Verdict.RISKY if finding.accepted is not None else finding.ruling.verdict]


def _told_last(finding: Finding) -> str:
    return finding.ruling.mend if finding.accepted is None else f"Accepted: {finding.accepted}"


def _count_accepted(findings: Sequence[Finding]) -> int:
    return sum(finding.accepted is not None for finding in findings)


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
