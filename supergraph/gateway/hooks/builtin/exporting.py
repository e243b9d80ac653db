"""Where spans and metrics go: a collector by OTLP over HTTP, and Prometheus. Loaded only where one of them is on."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from supergraph.gateway.hooks.builtin.durations import DeliveringReader

_log = structlog.stdlib.get_logger("dovetail.telemetry")
_QUIET_SECONDS: Final = 60.0
_BATCH: Final = 512


@dataclass(frozen=True, slots=True)
class Collector:
    """An OTLP endpoint. `headers` hold secrets."""

    endpoint: str
    headers: Mapping[str, str]
    seconds: float
    every_seconds: float


def span_processor(collector: Collector, waiting: int) -> BatchSpanProcessor:
    """Delivers spans from a thread of its own. Those beyond `waiting` are dropped, and nobody waits."""
    _keep_quiet()
    exporter = OTLPSpanExporter(
        endpoint=collector.endpoint, headers=dict(collector.headers), timeout=collector.seconds
    )
    return BatchSpanProcessor(
        exporter,
        max_queue_size=waiting,
        schedule_delay_millis=collector.every_seconds * 1000,
        max_export_batch_size=min(_BATCH, waiting),
        export_timeout_millis=collector.seconds * 1000,
    )


def metric_exporter(collector: Collector) -> DeliveringReader:
    """Delivers metrics every so often, from a thread of its own."""
    _keep_quiet()
    exporter = OTLPMetricExporter(
        endpoint=collector.endpoint, headers=dict(collector.headers), timeout=collector.seconds
    )
    return DeliveringReader(
        exporter,
        export_interval_millis=collector.every_seconds * 1000,
        export_timeout_millis=collector.seconds * 1000,
    )


class QuietTelemetry(logging.Filter):
    """What the SDK says of a collector that is away: one line a minute, without a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if record.levelno >= logging.WARNING and now >= self._next:
            self._next = now + _QUIET_SECONDS
            _log.warning("telemetry could not be delivered", why=_first_line(record))
        return False


def _first_line(record: logging.LogRecord) -> str:
    return record.getMessage().partition("\n")[0][:300]


_QUIET: Final = QuietTelemetry()


def _keep_quiet() -> None:
    """A filter of a logger does not see what its children log, so each that speaks of deliveries gets it."""
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("opentelemetry."):
            logging.getLogger(name).addFilter(_QUIET)
