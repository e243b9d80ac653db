"""Findings -> what people, programs and code hosts read."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Final, TypedDict

from rich.console import Group
from rich.table import Table
from rich.text import Text

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


class ReportJson(TypedDict):
    """What `dovetail schema check --format json` prints."""

    against: str
    breaking: int
    risky: int
    safe: int
    changes: list[FindingJson]


def summarize(findings: Sequence[Finding], against: str) -> str:
    """One line: how many of each."""
    if not findings:
        return f"Nothing changed since {against}."
    count = Counter(finding.ruling.verdict for finding in findings)
    return f"Since {against}: " + ", ".join(f"{count[verdict]} {verdict}" for verdict in Verdict) + "."


def render_table(findings: Sequence[Finding]) -> Table:
    table = Table(show_lines=True)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Coordinate", overflow="fold")
    table.add_column("Change", ratio=1, overflow="fold")
    table.add_column("Why, and what to do", ratio=1, overflow="fold")
    for finding in findings:
        change, ruling = finding.change, finding.ruling
        table.add_row(
            Text(ruling.verdict, style=_STYLES[ruling.verdict]),
            Text(change.coordinate),
            Text(change.sentence),
            Group(Text(ruling.why), *((Text(ruling.mend, style="dim"),) if ruling.mend else ())),
        )
    return table


def render_json(findings: Sequence[Finding], against: str) -> str:
    count = Counter(finding.ruling.verdict for finding in findings)
    report = ReportJson(
        against=against,
        breaking=count[Verdict.BREAKING],
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
            )
            for finding in findings
        ],
    )
    return json.dumps(report, indent=2, ensure_ascii=False)


def render_annotations(findings: Sequence[Finding]) -> list[str]:
    """Workflow commands that code hosts show beside a change: errors, warnings and notices."""
    return [
        f"::{_COMMANDS[ruling.verdict]} title={_property(f'{ruling.verdict}: {change.kind}')}::"
        + _message(" ".join(filter(None, (change.sentence, ruling.why, ruling.mend))))
        for finding in findings
        for change, ruling in [(finding.change, finding.ruling)]
    ]


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
