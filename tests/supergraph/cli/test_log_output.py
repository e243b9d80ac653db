"""The log's two forms, its level, and that nobody pays for what is off."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog

from supergraph.cli.log_output import configure_logging
from supergraph.gateway.settings import LogSettings


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", stream)
    handlers, level = logging.root.handlers, logging.root.level
    yield stream
    logging.root.handlers, logging.root.level = handlers, level
    structlog.reset_defaults()


def say() -> None:
    log = structlog.get_logger()
    log.info("lesser", subgraph="shop")
    log.warning("said", subgraph="shop", token="s3cret")
    log.error("failed", exc_info=ValueError("its words"))


def test_the_log_is_an_object_a_line(stderr: io.StringIO) -> None:
    configure_logging()
    say()
    lesser, said, failed = [json.loads(line) for line in stderr.getvalue().splitlines()]
    assert (lesser["level"], said["level"], failed["level"]) == ("info", "warning", "error")
    assert (said["event"], said["subgraph"], said["token"]) == ("said", "shop", "[redacted]")
    assert said["timestamp"].endswith("Z")
    assert "its words" not in stderr.getvalue()


def test_people_at_a_terminal_read_lines_and_the_words_of_exceptions(stderr: io.StringIO) -> None:
    configure_logging(for_people=True)
    say()
    text = stderr.getvalue()
    assert "said" in text
    assert "subgraph=shop" in text
    assert "its words" in text
    assert "s3cret" not in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text.splitlines()[0])


@pytest.mark.parametrize(("form", "for_people"), [("json", True), ("console", False)])
def test_the_form_that_is_set_counts(stderr: io.StringIO, form: str, for_people: bool) -> None:
    configure_logging(LogSettings.model_validate({"form": form}), for_people=for_people)
    say()
    assert stderr.getvalue().startswith("{") is (form == "json")


def test_what_is_below_the_level_is_not_written(stderr: io.StringIO) -> None:
    configure_logging(LogSettings(level="error"))
    say()
    [failed] = [json.loads(line) for line in stderr.getvalue().splitlines()]
    assert failed["event"] == "failed"


def test_a_gateway_loads_no_telemetry_that_it_does_not_need() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, supergraph.cli.serving; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "supergraph.gateway.telemetry" in loaded
    # FastAPI loads the API's own context; what costs are the SDK and the exporters.
    heavy = {
        "opentelemetry.sdk",
        "opentelemetry.exporter",
        "prometheus_client",
        "google.protobuf",
        "requests",
        "aiohttp",
    }
    assert heavy & set(loaded) == set()
