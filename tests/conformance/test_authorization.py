"""Our gateway against the authorization suite, in each mode; the suite itself knows nothing of our gateway.

VERIFICATION.md B1 to B6, B8 in part, B12.
"""

import importlib.util
import random
import socket
import sys
import threading
from pathlib import Path

import pytest
import uvicorn

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import (
    GatewaySettings,
    GivenSupergraph,
    Identity,
    LocalKeys,
    TokenRules,
    TrustedIssuer,
    build_app,
)

SUITE = Path(__file__).resolve().parent / "authorization"
MODES = {"filter": "filter", "reject": "reject", "dry-run": "dry_run"}


def loaded(name):
    spec = importlib.util.spec_from_file_location(
        f"authorization_{name.replace('/', '_')}", SUITE / f"{name}.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


run_cases = loaded("run_cases")
serve_subgraphs = loaded("serve_subgraphs")
CASES = run_cases.all_cases()


policies = loaded("dovetail/policies")
POLICIES = {"open": policies.open_to, "own": policies.owned_by}


@pytest.fixture(scope="module")
def suite():
    suite, thread = serve_subgraphs.serving()
    yield suite
    suite.shutdown()
    thread.join()
    suite.server_close()


@pytest.fixture(scope="module")
def supergraph_sdl(suite):
    composition = compose(
        [
            SubgraphSource(name, f"{suite.url}/{name}/graphql", each.sdl)
            for name, each in suite.subgraphs.items()
        ]
    )
    assert composition.ok, composition.diagnostics
    return composition.supergraph_sdl


@pytest.fixture(scope="module")
def checkers(suite, supergraph_sdl):
    """A checker for a gateway in each mode."""
    rules = TokenRules(serve_subgraphs.ISSUER, [serve_subgraphs.AUDIENCE])
    running = []
    found = {}
    for mode, setting in MODES.items():
        app = build_app(
            GivenSupergraph(supergraph_sdl),
            settings=GatewaySettings.model_validate({"authorization": {"mode": setting, "log": False}}),
            identity=Identity([TrustedIssuer(LocalKeys(suite.callers.jwks), rules)]),
            policies=POLICIES,
        )
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running.append((server, thread, listener))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
        found[mode] = run_cases.Checker(url, suite.url, mode)
    yield found
    for server, _, _ in running:
        server.should_exit = True
    for _, thread, listener in running:
        thread.join()
        listener.close()


def test_the_matrix_is_printed_as_its_maker_says():
    for name, text in loaded("matrix").printed().items():
        assert (SUITE / name).read_text() == text, f"print it anew: python {SUITE.name}/matrix.py"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_answer_is_the_suites(checkers, case, mode):
    problem = checkers[mode].check(case)
    assert problem is None, f"{problem}\n{case['operation']}"


def test_callers_of_all_kinds_in_mixed_order_never_see_each_others_answers(checkers):
    """B6: plans, decisions and answers are kept, and shared by nobody who may see something else."""
    callers = [None, [], ["a"], ["b"], ["a", "b"], ["c"], ["secret"], ["secret", "c"]]
    case = {"tags": [], "operation": '{ open secret either signedIn document(id: "u1") }'}
    order = random.Random(5).choices(callers, k=1000)
    for scopes in order:
        held = set(scopes or ())
        wanted = {
            "open": "s",
            "secret": "s" if "secret" in held else None,
            "either": "s" if {"a", "b"} <= held or "c" in held else None,
            "signedIn": None if scopes is None else "s",
            "document": None if scopes is None else "s",
        }
        status, (answer,) = checkers["filter"].ask({**case, "scopes": scopes})
        assert (status, answer["data"]) == (200, wanted), scopes
