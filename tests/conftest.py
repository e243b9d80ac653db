"""What every test may ask for: the shared cases, peers from npm, a browser, and a word about what was left out."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from codegen.clients import ClientProblemError
from codegen.clients.generator_environment import build, generator_environment

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
PEERS = ROOT / "tests" / "peers"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sweep", action="store_true", help="run the long sweeps too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--sweep"):
        return
    skip = pytest.mark.skip(reason="a long sweep: runs with --sweep")
    for item in items:
        if "sweep" in item.keywords:
            item.add_marker(skip)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines what a machine lacked, so that a green run is not taken for a whole one."""
    reasons = {
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    }
    for reason in sorted(reasons):
        if not reason.startswith("a long sweep"):
            terminalreporter.write_line(f"Left out here: {reason}", yellow=True)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared cases beside the project."""
    if not SHARED.is_dir():
        pytest.skip("the shared cases are not beside the project (../shared)")
    return SHARED


@pytest.fixture(scope="session")
def peers() -> Path:
    """A folder whose node_modules holds the pinned npm peers, installed once per lock file and machine."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed: comparisons with npm peers need them")
    lock = PEERS / "package-lock.json"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "dovetail" / f"peers-{digest}"
    if not (cache / "complete").exists():
        building = cache.with_name(f"{cache.name}.{os.getpid()}")
        shutil.copytree(PEERS, building, dirs_exist_ok=True)
        installed = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=building,
            capture_output=True,
            text=True,
            check=False,
        )
        if installed.returncode:
            shutil.rmtree(building)
            print(installed.stderr, file=sys.stderr)
            pytest.skip("npm could not install the peers (is the registry within reach?)")
        (building / "complete").touch()
        try:
            building.rename(cache)
        except OSError:  # another worker was first
            shutil.rmtree(building)
    return cache


@pytest.fixture(scope="session")
def generator() -> None:
    """The generator's environment, kept in the user's cache: built at most once per machine."""
    environment = generator_environment()
    if environment.is_ready:
        return
    try:
        build(environment)
    except ClientProblemError as problem:
        if not any(word in str(problem) for word in ("Failed to fetch", "error sending request", "network")):
            raise
        pytest.skip("the client generator is not installed yet, and the package index is out of reach")


CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """One browser per test: Playwright belongs to the test's own event loop."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield browser
        await browser.close()


@dataclass
class Watch:
    """What a page did that a person would not see: checked by `assert_clean` at the end of each test."""

    origin: str
    expected: set[str] = field(default_factory=lambda: {"status of 401", "status of 403"})
    """Chromium reports every failed request as an error of the page; these answers are part of the story."""
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def on(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self._request(request.url))
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _request(self, url: str) -> None:
        if not url.startswith((f"{self.origin}/", "data:")):
            self.foreign.append(url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(text in message.text for text in self.expected):
            self.complaints.append(message.text)

    def assert_clean(self) -> None:
        assert self.foreign == []
        assert self.complaints == []


@pytest.fixture
def watch(origin: str) -> Watch:
    """`origin` is a fixture of the tests that look: where their house is."""
    return Watch(origin)


@pytest.fixture
async def page(chromium: Browser, watch: Watch) -> AsyncIterator[Page]:
    """A page in a window of its own; afterwards it must have asked no foreign host and complained of nothing."""
    context = await chromium.new_context(base_url=watch.origin, viewport={"width": 1280, "height": 800})
    watch.on(context)
    page = await context.new_page()
    # A loaded machine is slow, not wrong.
    page.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    yield page
    await context.close()
    watch.assert_clean()
