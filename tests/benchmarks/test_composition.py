"""Composing the large graphs, side by side with the engines from npm: one run, one machine, one table.

Every engine has each graph in a process of its own, several times over where that is quick. What counts is the ratio of
processor times: both sides of it met the same machine. The table is printed as Markdown, for docs/performance.md.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import pytest
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]

OURS: Final = "dovetail"
PEERS: Final = ("@apollo/composition", "@theguild/federation-composition")
GRAPHS: Final = (
    "demo-8",
    "fixture-11",
    "fixture-191",
    "synthetic-10x50",
    "synthetic-50x40",
    "synthetic-100x100",
    "shared-10x50",
    "shared-50x40",
    "shared-100x100",
)

RUNS: Final = 5
ENOUGH_SECONDS: Final = 10
"""After which an engine is not asked to compose the graph once more."""
LONGEST_SECONDS: Final = 180
"""After which an engine is stopped."""
HEAP_MEGABYTES: Final = 6_144
DEEP_STACK: Final = 64 * 1024
"""In KB. With node's own the second peer overflows it on synthetic-50x40, and both do on synthetic-100x100."""
MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Run:
    ok: bool
    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Timing:
    """What came of one engine on one graph. Times in milliseconds; `ended` says why there is none."""

    runs: tuple[Run, ...]
    ended: str = ""

    @property
    def first(self) -> float:
        return self.runs[0].wall

    @property
    def wall(self) -> float:
        return median(each.wall for each in self.runs)

    @property
    def cpu(self) -> float:
        return median(each.cpu for each in self.runs)

    @property
    def peak(self) -> int:
        return max(each.peak for each in self.runs)


Timings = Mapping[str, Mapping[str, Timing]]


def timed(command: list[str], graph: Path, folder: Path) -> Timing:
    with graph.open("rb") as documents:
        process = subprocess.Popen(
            [*command, str(RUNS), str(ENOUGH_SECONDS)],
            cwd=folder,
            stdin=documents,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            output, complaint = process.communicate(timeout=LONGEST_SECONDS)
            ended = "" if process.returncode == 0 else why_it_ended(complaint)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            ended = f"stopped after {LONGEST_SECONDS} s"
    return Timing(tuple(Run(**json.loads(line)) for line in output.splitlines()), ended)


def why_it_ended(complaint: str) -> str:
    if "heap out of memory" in complaint:
        return f"out of memory ({HEAP_MEGABYTES // 1024} GB heap)"
    if "Maximum call stack" in complaint:
        return "overflows its stack"
    lines = complaint.strip().splitlines()
    return lines[-1] if lines else "died without a word"


@pytest.fixture(scope="module")
def engines(peers: Path) -> Mapping[str, Callable[[Path], Timing]]:
    node = shutil.which("node")
    assert node is not None
    deep = ["/bin/sh", "-c", f'ulimit -s {2 * DEEP_STACK}; exec "$@"', "sh"]
    node_command = [*deep, node, f"--stack-size={DEEP_STACK}", f"--max-old-space-size={HEAP_MEGABYTES}"]
    script = str(ROOT / "tests" / "peers" / "compose_timed.mjs")
    ours = [sys.executable, "-P", str(Path(__file__).with_name("compose_timed.py"))]
    return {OURS: lambda graph: timed(ours, graph, ROOT)} | {
        peer: lambda graph, peer=peer: timed([*node_command, script, peer], graph, peers) for peer in PEERS
    }


@pytest.fixture(scope="module")
def timings(
    engines: Mapping[str, Callable[[Path], Timing]], shared: Path, pytestconfig: pytest.Config
) -> Timings:
    folder = shared / "conformance" / "large"
    found = {
        graph: {engine: measure(folder / f"{graph}.json") for engine, measure in engines.items()}
        for graph in GRAPHS
    }
    with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        Console(width=160).print("\n", table(found))
    return found


def table(timings: Timings) -> Table:
    shown = Table(box=MARKDOWN)
    shown.add_column("graph")
    shown.add_column("engine")
    for column in ("first run, ms", "median, ms", "CPU, ms", "peak, MB", "CPU : ours", "wall : ours"):
        shown.add_column(column, justify="right")
    for graph, engines in timings.items():
        ours = engines[OURS]
        for engine, timing in engines.items():
            if not timing.runs:
                shown.add_row(graph, engine, timing.ended, "", "", "", "", "")
                continue
            verdict = "" if timing.runs[0].ok else " (rejects the input)"
            shown.add_row(
                graph,
                engine + verdict,
                f"{timing.first:,.0f}",
                f"{timing.wall:,.0f}",
                f"{timing.cpu:,.0f}",
                f"{timing.peak / MIB:,.0f}",
                f"{timing.cpu / ours.cpu:.1f}",
                f"{timing.wall / ours.wall:.1f}",
            )
    return shown


@pytest.mark.sweep
@pytest.mark.npm
@pytest.mark.parametrize("graph", GRAPHS)
def test_every_large_graph_composes(timings: Timings, graph: str):
    ours = timings[graph][OURS]
    assert not ours.ended
    assert all(each.ok for each in ours.runs)


@pytest.mark.sweep
@pytest.mark.npm
@pytest.mark.parametrize("graph", GRAPHS)
def test_no_peer_is_faster(timings: Timings, graph: str):
    ours = timings[graph][OURS]
    for peer in PEERS:
        theirs = timings[graph][peer]
        assert not theirs.runs or ours.cpu < theirs.cpu, peer


@pytest.mark.sweep
@pytest.mark.npm
@pytest.mark.parametrize("graph", ["synthetic-100x100", "shared-100x100"])
def test_the_largest_graphs_stay_within_ninety_seconds_and_two_gigabytes(timings: Timings, graph: str):
    ours = timings[graph][OURS]
    assert max(each.cpu for each in ours.runs) < 90_000
    assert ours.peak < 2 * 1024 * MIB
