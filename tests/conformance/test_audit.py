"""The public federation gateway audit: every case of every suite, through our composer and our gateway, over sockets."""

import json
import secrets
from functools import cache
from pathlib import Path

import pytest

from supergraph.composer import compose

AUDIT = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "audit"


def cases() -> list:
    if not AUDIT.is_dir():
        reason = "the shared cases are not beside the project (../shared)"
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=reason), id="audit")]
    return [
        pytest.param(tests.parent.name, number, id=f"{tests.parent.name}_{number}")
        for tests in sorted(AUDIT.glob("suites/*/tests.json"))
        for number in range(len(json.loads(tests.read_text())))
    ]


@pytest.fixture(scope="module")
def gateways(audit, gateway_over):
    """A function from a suite's name to the address of its gateway, started when the suite's first case runs."""

    @cache
    def gateway(suite: str) -> str:
        composition = compose(audit.sources(suite))
        assert composition.ok, composition.diagnostics
        return gateway_over(composition.supergraph_sdl)

    return gateway


WORD = secrets.token_hex(6)


@pytest.mark.parametrize(("suite", "number"), cases())
def test_the_answer_is_the_audits(audit, gateways, suite, number):
    tests = json.loads((AUDIT / "suites" / suite / "tests.json").read_text().replace("{{RANDOM}}", WORD))
    problem = audit.run_cases.check(gateways(suite), tests[number], timeout=10)
    assert problem is None, f"{problem}\n{tests[number]['query']}"
