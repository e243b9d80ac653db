"""The public federation gateway audit, served: its subgraphs behind sockets, and gateways of ours over them."""

import importlib.util
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
import uvicorn

from supergraph.composer import SubgraphSource
from supergraph.gateway import GivenSupergraph, build_app


class Audit:
    """The audit's suites; the subgraphs of all answer at one address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run_cases = self._loaded("run_cases")
        self._mock = self._loaded("mock_subgraphs")
        self._address = ""

    def _loaded(self, module: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"audit_{module}", self.folder / f"{module}.py")
        assert spec is not None
        assert spec.loader is not None
        loaded = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = loaded
        spec.loader.exec_module(loaded)
        return loaded

    @contextmanager
    def serving(self) -> Iterator[None]:
        for folder in sorted((self.folder / "suites").iterdir()):
            self.renew(folder.name)
        server = self._mock.Server(("127.0.0.1", 0), self._mock.Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self._address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def renew(self, suite: str) -> None:
        """Forget what mutations did to the suite's subgraphs."""
        self._mock.Handler.suites[suite] = self._mock.Suite(self.folder / "suites" / suite)

    def sources(self, suite: str) -> list[SubgraphSource]:
        return [
            SubgraphSource(path.stem, f"{self._address}/{suite}/{path.stem}/graphql", path.read_text())
            for path in sorted((self.folder / "suites" / suite / "subgraphs").glob("*.graphql"))
        ]


@pytest.fixture(scope="module")
def audit(shared: Path) -> Iterator[Audit]:
    audit = Audit(shared / "conformance" / "audit")
    with audit.serving():
        yield audit


@pytest.fixture(scope="module")
def gateway_over() -> Iterator[Callable[[str], str]]:
    """A function from a supergraph document to the address of a gateway of ours that runs it."""
    running: list[tuple[uvicorn.Server, threading.Thread, socket.socket]] = []

    def start(document: str) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        app = build_app(GivenSupergraph(document))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running.append((server, thread, listener))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"

    yield start
    # All are told before any is waited for: each takes a moment to notice.
    for server, _, _ in running:
        server.should_exit = True
    for _, thread, listener in running:
        thread.join()
        listener.close()
