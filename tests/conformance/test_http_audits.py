"""GraphQL over HTTP: the audits of the npm package `graphql-http`, against the gateway as it is by default."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from supergraph.composer import SubgraphSource, compose

SCRIPT = Path(__file__).resolve().parents[1] / "peers" / "http_audits.mjs"
KNOWN = Path(__file__).with_name("KNOWN.md")

pytestmark = [pytest.mark.npm, pytest.mark.xdist_group("http-audits")]


@pytest.fixture(scope="module")
def audited(peers: Path, gateway_over: Callable[[str], str]) -> Callable[..., list[dict[str, Any]]]:
    """A function from headers that every request has to the outcome of each audit."""
    document = compose([SubgraphSource("a", "http://127.0.0.1:9/", "type Query { hello: String }")])
    assert document.supergraph_sdl is not None
    address = gateway_over(document.supergraph_sdl)
    node = shutil.which("node")
    assert node is not None

    def run(*headers: str) -> list[dict[str, Any]]:
        # A module finds its packages from where it stands.
        script = peers / SCRIPT.name
        if not script.exists() or script.read_bytes() != SCRIPT.read_bytes():
            shutil.copyfile(SCRIPT, script)
        command = [node, str(script), address, *headers]
        done = subprocess.run(command, cwd=peers, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def test_all_audits_are_passed_by_who_shows_that_no_page_asks(audited):
    """A1. A GET needs the header by which it shows that."""
    outcomes = audited("graphql-require-preflight=1")
    assert len(outcomes) == 61
    assert {each["id"]: each["reason"] for each in outcomes if each["status"] != "ok"} == {}


def test_without_that_header_only_what_stands_in_the_list_is_waived(audited):
    """A1: every MUST and SHOULD; the list has the rest, with its reasons."""
    waived = set(re.findall(r"^\| ([0-9A-Z]{4}) \|", KNOWN.read_text(), re.MULTILINE))
    outcomes = audited()
    missed = {each["id"]: each["name"] for each in outcomes if each["status"] != "ok"}
    assert missed.keys() == waived
    assert all(name.startswith("MAY ") for name in missed.values())
