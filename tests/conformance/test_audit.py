"""The public federation gateway audit: every case of every suite, through our composer and our gateway, over sockets."""

import importlib.util
import json
import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
import uvicorn

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import GivenSupergraph, build_app

AUDIT = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "audit"


@cache
def the_audits(module: str) -> ModuleType:
    """`mock_subgraphs` or `run_cases`, as the audit has it."""
    spec = importlib.util.spec_from_file_location(f"audit_{module}", AUDIT / f"{module}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def cases() -> list:
    if not AUDIT.is_dir():
        reason = "the shared cases are not beside the project (../shared)"
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=reason), id="audit")]
    return [
        pytest.param(tests.parent.name, number, id=f"{tests.parent.name}_{number}")
        for tests in sorted(AUDIT.glob("suites/*/tests.json"))
        for number in range(len(json.loads(tests.read_text())))
    ]


@contextmanager
def serving(app) -> Iterator[str]:
    """The app under uvicorn, in a thread, at a port that was free."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="module")
def subgraphs() -> Iterator[str]:
    """The address of all suites' subgraphs; their state is as new."""
    mock = the_audits("mock_subgraphs")
    mock.Handler.suites = {folder.name: mock.Suite(folder) for folder in sorted((AUDIT / "suites").iterdir())}
    server = mock.Server(("127.0.0.1", 0), mock.Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def gateways(subgraphs):
    """A function from a suite's name to the address of its gateway, started when the suite's first case runs."""
    with ExitStack() as running:

        @cache
        def gateway(suite: str) -> str:
            sources = [
                SubgraphSource(path.stem, f"{subgraphs}/{suite}/{path.stem}/graphql", path.read_text())
                for path in sorted((AUDIT / "suites" / suite / "subgraphs").glob("*.graphql"))
            ]
            composition = compose(sources)
            assert composition.ok, composition.diagnostics
            app = build_app(GivenSupergraph(composition.supergraph_sdl))
            return running.enter_context(serving(app))

        yield gateway


WORD = secrets.token_hex(6)


@pytest.mark.parametrize(("suite", "number"), cases())
def test_the_answer_is_the_audits(gateways, suite, number):
    tests = json.loads((AUDIT / "suites" / suite / "tests.json").read_text().replace("{{RANDOM}}", WORD))
    problem = the_audits("run_cases").check(f"{gateways(suite)}/graphql", tests[number], timeout=10)
    assert problem is None, f"{problem}\n{tests[number]['query']}"
