"""Our supergraph, its rules included, on Hive Router's planner: it reads it and asks the same subgraphs."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.npm


def test_hive_router_plans_the_sample_over_our_supergraph(peers: Path) -> None:
    node = shutil.which("node")
    assert node is not None
    given = {
        "supergraph": (ROOT / "schema" / "sdl" / "supergraph.graphql").read_text(),
        "query": (ROOT / "module_subgraphs" / "sample.graphql").read_text(),
    }
    run = subprocess.run(
        [node, str(ROOT / "tests" / "peers" / "hive_router.mjs")],
        cwd=peers,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert sorted(subgraphs_asked(json.loads(run.stdout))) == ["customers", "foundation", "loyalty"]


def subgraphs_asked(plan: Any) -> Iterator[str]:
    if isinstance(plan, dict):
        if "serviceName" in plan:
            yield plan["serviceName"]
        for value in plan.values():
            yield from subgraphs_asked(value)
    elif isinstance(plan, list):
        for value in plan:
            yield from subgraphs_asked(value)
