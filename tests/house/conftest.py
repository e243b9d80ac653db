"""The house as a person starts it: `dovetail dev` in a process of its own, over a real PostgreSQL."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "dovetail demo"
SAMPLE = (ROOT / "module_subgraphs" / "sample.graphql").read_text()


class Process:
    """A `dovetail` command that is running. `wait_for` gives a match of what it writes to stderr, or fails."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        environment = {**os.environ, "TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "200"}
        environment.pop("DATABASE_URL", None)
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "supergraph.cli", *arguments],
            cwd=cwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.text = ""
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        with self.popen.stdout as lines:
            for line in lines:
                with self._news:
                    self.text += line
                    self._news.notify_all()

    def wait_for(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        deadline = time.monotonic() + seconds
        with self._news:
            while not (found := re.search(pattern, self.text)):
                left = deadline - time.monotonic()
                if left <= 0 or (self.popen.poll() is not None and not self._news.wait(0.5)):
                    raise AssertionError(f"{pattern!r} was not said:\n{self.text}")
                self._news.wait(min(left, 0.5))
            return found

    def interrupt(self) -> int:
        """As Ctrl-C does: the signal goes to the whole group."""
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGINT)
        code = self.popen.wait(timeout=30)
        self._reader.join(timeout=10)
        return code


@dataclass(frozen=True)
class House:
    url: str
    folder: Path
    process: Process

    def sign_in(self, who: str, tenant: str | None = None) -> "Client":
        sent = {"email": f"{who}.example", "password": PASSWORD} | ({"tenant": tenant} if tenant else {})
        answer = httpx.post(f"{self.url}/sign-in", json=sent)
        answer.raise_for_status()
        return Client(f"{self.url}/graphql", answer.json()["token"])


@dataclass(frozen=True)
class Client:
    """Somebody with a token. `ask` gives the whole response."""

    url: str
    token: str | None = None

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        answer = httpx.post(
            self.url, json={"query": query, "variables": variables}, headers=headers, timeout=30
        )
        return answer.json()


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    """Not pytest's own folder: run by root, the server's system user must be able to pass through it."""
    with tempfile.TemporaryDirectory(prefix="dovetail-house-") as folder:
        yield Path(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dovetail-house-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def house(session_folder: Path) -> Iterator[House]:
    folder = session_folder
    process = Process("dev", "--port", "0", "--data", str(folder / "data"), cwd=folder)
    try:
        url = process.wait_for(r"Console +(http://127\.0\.0\.1:\d+)/").group(1)
        yield House(url, folder, process)
    finally:
        process.interrupt()


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Process]]:
    """Start `dovetail` commands in a fresh folder; what still runs at the end of the test is ended."""
    started: list[Process] = []

    def begin(*arguments: str, cwd: Path = folder) -> Process:
        started.append(Process(*arguments, cwd=cwd))
        return started[-1]

    yield begin
    for process in started:
        process.interrupt()
