"""F7, F8: a version that breaks while it is rolled out is halted by itself, and nobody else notices."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest

SDL = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated"])
type Query { beacon: String @authenticated }
"""
MANIFEST = """id = "beacon"
title = "Beacon"
version = {version}
owner = "beacon team"
"""
LIT = {"data": {"beacon": "lit"}}
BROKEN = {"data": {"beacon": None}, "errors": [{"message": "the bulb is broken", "path": ["beacon"]}]}


@pytest.fixture
def beacon() -> Iterator[Callable[[dict[str, Any]], str]]:
    """Starts a subgraph that has one answer to everything; gives its address."""
    servers: list[ThreadingHTTPServer] = []

    def start(answer: dict[str, Any]) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def run(house: Any, start: Callable[..., Any]) -> Callable[..., str]:
    """Carries out a `dovetail module` command over the house's data."""

    def run(*arguments: str) -> str:
        process = start("module", *arguments, "--data", str(house.folder / "data"))
        assert process.popen.wait(timeout=60) == 0, process.text
        process.interrupt()
        text: str = process.text
        return text

    return run


class Load:
    """A client that never stops asking: what every tenant has, together with what is rolled out."""

    def __init__(self, house: Any) -> None:
        self.house = house
        self.answers: list[tuple[str, dict[str, Any]]] = []
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(tenant,), daemon=True) for tenant in ("acme", "globex")
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _ask(self, tenant: str) -> None:
        client = self.house.sign_in(f"owner@{tenant}")
        while not self._stopped.wait(0.02):
            self.answers.append((tenant, client.ask("{ me { name } beacon }")))

    def wait_for(self, *beacons: str | None, since: int = 0, seconds: float = 30) -> None:
        """Until acme was answered so, one after the other, by answers from that number on."""
        deadline = time.monotonic() + seconds
        while not self._has_seen(beacons, since):
            assert time.monotonic() < deadline, self.answers[-3:]
            time.sleep(0.02)

    def _has_seen(self, beacons: tuple[str | None, ...], since: int) -> bool:
        seen = iter([each["data"]["beacon"] for who, each in self.answers[since:] if who == "acme"])
        return all(wanted in seen for wanted in beacons)


def wait_until_lit(house: Any) -> None:
    deadline = time.monotonic() + 30
    for tenant in ("acme", "globex"):
        client = house.sign_in(f"owner@{tenant}")
        while client.ask("{ beacon }") != LIT:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_version_that_breaks_is_halted_by_itself_and_no_other_field_or_tenant_fails(
    house: Any, beacon: Callable[[dict[str, Any]], str], run: Callable[..., str], folder: Path
) -> None:
    (folder / "beacon.graphql").write_text(SDL)
    for version, answer in ((1, LIT), (2, BROKEN)):
        manifest = folder / f"beacon-{version}.toml"
        manifest.write_text(MANIFEST.format(version=version))
        files = ("--sdl", str(folder / "beacon.graphql"), "--manifest", str(manifest))
        run("publish", "beacon", *files, "--address", beacon(answer))
    run("enable", "beacon@1")
    try:
        wait_until_lit(house)
        with Load(house) as load:
            load.wait_for("lit")
            before = len(load.answers)
            run("rollout", "beacon@2", "--tenants", "acme")
            load.wait_for(None, "lit", since=before)  # and nobody has halted it
        status = json.loads(run("status", "beacon", "--json"))
        halted = json.loads(run("history", "beacon", "--json"))[0]
    finally:
        run("disable", "beacon")
    assert status[0]["rollout"] is None
    assert (halted["action"], halted["version"], halted["by"]) == (
        "rollout_halted",
        2,
        "the rollout's budget",
    )
    assert "requests failed; 2.0% may" in halted["reason"]
    for tenant, response in load.answers:
        assert response["data"]["me"] is not None, response
        assert {each["path"][0] for each in response.get("errors", ())} <= {"beacon"}
        assert tenant == "acme" or response["data"]["beacon"] == "lit"
