"""Cold planning of the large graphs' operations, side by side with the planner from npm: one run, one machine, one table.

Both planners are built beforehand; what is timed is a parsed document becoming a plan, with nothing cached. The table is
printed as Markdown, for docs/performance.md.
"""

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNS = 15

pytestmark = [pytest.mark.sweep, pytest.mark.npm]


@dataclass(frozen=True)
class Planned:
    """Times in milliseconds."""

    name: str
    fetches: int
    first: float
    median: float


def timed(command: list[str], given: str, folder: Path) -> dict[str, Planned]:
    done = subprocess.run(
        [*command, str(RUNS)],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    found = [Planned(**json.loads(line)) for line in done.stdout.splitlines()]
    return {each.name: each for each in found}


def graphs(large: Path) -> Iterator[tuple[str, str, list[dict[str, str]]]]:
    for file in sorted(large.glob("*.json")):
        if file.name == "timings.json":
            continue
        supergraph = large / "supergraphs" / f"{file.stem}.graphql"
        if supergraph.exists():
            yield file.stem, supergraph.read_text(), json.loads(file.read_text())["operations"]
        elif (packed := supergraph.with_suffix(".graphql.gz")).exists():
            yield (
                file.stem,
                gzip.decompress(packed.read_bytes()).decode(),
                json.loads(file.read_text())["operations"],
            )


def test_cold_planning_is_faster_than_the_peers_and_fetches_no_more(shared: Path, peers: Path):
    node = shutil.which("node")
    assert node is not None
    worse = {}
    rows = [
        "| graph, operation | fetches: dovetail / @apollo/query-planner | first, ms | median, ms | ratio of medians |"
    ]
    rows.append("|---|---|---|---|---|")
    for graph, supergraph, operations in graphs(shared / "conformance" / "large"):
        given = json.dumps({"supergraph": supergraph, "operations": operations})
        ours = timed([sys.executable, str(ROOT / "tests" / "benchmarks" / "plan_timed.py")], given, ROOT)
        theirs = timed([node, str(ROOT / "tests" / "peers" / "plan_timed.mjs")], given, peers)
        for name, mine in ours.items():
            other = theirs[name]
            rows.append(
                f"| {graph}: {name} | {mine.fetches} / {other.fetches} | {mine.first:.1f} / {other.first:.1f} "
                f"| {mine.median:.2f} / {other.median:.2f} | {other.median / mine.median:.1f} |"
            )
            if mine.first > other.first or mine.median > other.median or mine.fetches > other.fetches:
                worse[f"{graph}: {name}"] = (mine, other)
    print("\n" + "\n".join(rows))
    assert worse == {}
