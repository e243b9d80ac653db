"""What watches operations, made of the settings: each part is loaded only where it is switched on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import structlog
from starlette.requests import Request
from starlette.responses import Response

from supergraph.gateway.hooks import FetchObserver, RequestObserver, ResponseHeaders, UsageSink
from supergraph.gateway.hooks.builtin.access_log import AccessLog
from supergraph.gateway.hooks.builtin.trace_header import TraceIdHeader
from supergraph.gateway.hooks.builtin.usage_recording import UsageRecorder
from supergraph.gateway.hooks.builtin.usage_sinks import UsageFile, UsagePost
from supergraph.gateway.hooks.gauges import Gauge
from supergraph.gateway.pipeline.watching import Watch
from supergraph.gateway.settings import GatewaySettings, OtlpSettings, PrometheusSettings, UsageSettings
from supergraph.gateway.settings.section import Secret, UnreadableSecretError
from supergraph.gateway.transport.header_rules import InvalidHeaderRuleError, ReturnedHeaders, SentHeaders
from supergraph.gateway.transport.health_board import BreakerState
from supergraph.spec import RequestCode, SubgraphName

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

    from supergraph.gateway.hooks.builtin.durations import DurationReader
    from supergraph.gateway.hooks.builtin.exporting import Collector
    from supergraph.gateway.hooks.builtin.metrics import MetricObserver
    from supergraph.gateway.hooks.builtin.prometheus import Prometheus
    from supergraph.gateway.hooks.builtin.tracing import TraceObserver, TraceSampler

_log = structlog.stdlib.get_logger("dovetail.telemetry")


class InvalidTelemetryError(ValueError):
    """Telemetry that cannot be had as it is set. The message is one line: what, and how to mend it."""


class _Delivering(Protocol):
    def shut_down(self) -> None:
        """Deliver what waits. May take some seconds."""
        ...


class Telemetry:
    """All that watches operations, from the gateway's start to its end.

    Where the place is away that something is told to, the gateway serves all the same.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        fetches: Sequence[FetchObserver] = (),
        observers: Sequence[RequestObserver] = (),
        sinks: Sequence[UsageSink] = (),
    ) -> None:
        """`fetches`, `observers` and `sinks` are strangers'. Raises InvalidTelemetryError."""
        telemetry = settings.telemetry
        self._prometheus_settings = telemetry.metrics.prometheus
        self.prometheus: Prometheus | None = None
        self.metrics_port: int | None = None
        self._usage = _usage_recorder(settings.usage, sinks)
        traces: TraceObserver | None = None
        metrics: MetricObserver | None = None
        samples: TraceSampler | None = None
        try:
            if telemetry.traces.endpoint is not None:
                traces, samples = _traces(settings)
            if telemetry.metrics.is_on:
                metrics, self.prometheus = _metrics(settings)
        except ImportError as error:
            raise InvalidTelemetryError(
                f"telemetry needs packages that are not installed ({error}): pip install 'dovetail[telemetry]'"
            ) from error
        self._metrics = metrics
        self._delivering: tuple[_Delivering, ...] = tuple(
            each for each in (traces, metrics) if each is not None
        )
        access = settings.logs.access
        access_log = (
            AccessLog(successes=access.successes, errors=access.errors, slow_seconds=access.slow_seconds)
            if access.is_on
            else None
        )
        built_in: tuple[RequestObserver | None, ...] = (traces, metrics, self._usage, access_log)
        try:
            sent = SentHeaders(settings.headers) if settings.headers else None
        except InvalidHeaderRuleError as error:
            raise InvalidTelemetryError(str(error)) from error
        self.returned = ReturnedHeaders(settings.response_headers) if settings.response_headers else None
        self.watch = Watch(
            observers=(*(each for each in built_in if each is not None), *observers),
            fetches=(*(() if metrics is None else (metrics,)), *fetches),
            recorder=traces,
            samples=None if samples is None else samples.takes,
            propagates=telemetry.propagates,
            sent=sent,
            returned=self.returned,
        )

    def add_gauges(self, gauges: Iterable[Gauge]) -> None:
        """What other parts of the gateway know of themselves; to be called before the gateway runs."""
        if self._metrics is not None:
            self._metrics.add(gauges)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serves metrics and gives out usage reports meanwhile; delivers what waits at the end."""
        self._serve_metrics(self._prometheus_settings)
        if self._usage is not None:
            self._usage.start()
        try:
            yield
        finally:
            if self._usage is not None:
                await self._usage.close()
            if self.prometheus is not None:
                await asyncio.to_thread(self.prometheus.close)
            await asyncio.gather(*(asyncio.to_thread(each.shut_down) for each in self._delivering))

    async def metrics_response(self, request: Request) -> Response:
        """What Prometheus reads at a path of the gateway's own port."""
        assert self.prometheus is not None, "the path is served only where Prometheus reads"
        accept = request.headers.get("accept", "")
        text, content_type = await asyncio.to_thread(self.prometheus.text, accept)
        return Response(text, headers={"content-type": content_type, "cache-control": "no-store"})

    def _serve_metrics(self, settings: PrometheusSettings) -> None:
        if self.prometheus is None or settings.port is None:
            return
        try:
            self.metrics_port = self.prometheus.serve(settings.host, settings.port)
        except OSError as error:
            why = error.strerror or str(error)
            _log.error("metrics are not served", host=settings.host, port=settings.port, why=why)
        else:
            _log.info("metrics are served", host=settings.host, port=self.metrics_port)


def trace_id_headers(settings: GatewaySettings) -> tuple[ResponseHeaders, ...]:
    """The hook that tells clients the trace's id, where that is wanted."""
    name = settings.telemetry.response_header
    return () if name is None else (TraceIdHeader(name),)


def _usage_recorder(settings: UsageSettings, sinks: Sequence[UsageSink]) -> UsageRecorder | None:
    wanted = list(sinks)
    if settings.file is not None:
        wanted.append(UsageFile(settings.file))
    if settings.address is not None:
        wanted.append(UsagePost(settings.address, _read_headers("usage", settings.headers)))
    if not wanted:
        return None
    return UsageRecorder(
        wanted,
        every_seconds=settings.every_seconds,
        operations=settings.operations,
        counts=settings.counts,
    )


def _traces(settings: GatewaySettings) -> tuple["TraceObserver", "TraceSampler"]:
    from supergraph.gateway.hooks.builtin.exporting import span_processor  # noqa: PLC0415 - only where it is on
    from supergraph.gateway.hooks.builtin.tracing import TraceObserver, TraceSampler  # noqa: PLC0415 - likewise

    wanted = settings.telemetry.traces
    processor = span_processor(_collector("traces", wanted, wanted.every_seconds), wanted.waiting_spans)
    observer = TraceObserver(processor, _describe_service(settings.telemetry.service_name))
    return observer, TraceSampler(wanted.share, parent_based=wanted.parent_based)


def _metrics(
    settings: GatewaySettings,
) -> tuple["MetricObserver", "Prometheus | None"]:
    from supergraph.gateway.hooks.builtin.metrics import MetricObserver  # noqa: PLC0415 - only where it is on

    wanted = settings.telemetry.metrics
    readers: list[DurationReader] = []
    prometheus = None
    if wanted.prometheus.is_on:
        from supergraph.gateway.hooks.builtin.prometheus import Prometheus  # noqa: PLC0415 - likewise

        prometheus = Prometheus()
        readers.append(prometheus.reader)
    if wanted.endpoint is not None:
        from supergraph.gateway.hooks.builtin.exporting import metric_exporter  # noqa: PLC0415 - likewise

        readers.append(metric_exporter(_collector("metrics", wanted, wanted.every_seconds)))
    observer = MetricObserver(
        readers,
        _describe_service(settings.telemetry.service_name),
        operation_names=wanted.operation_names,
        codes={each.value for each in RequestCode},
    )
    return observer, prometheus


def _describe_service(name: str) -> "Resource":
    """Who tells. `OTEL_RESOURCE_ATTRIBUTES` of the environment counts too."""
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415 - only where it is on

    return Resource.create({SERVICE_NAME: name})


def _collector(signal: str, settings: OtlpSettings, every_seconds: float) -> "Collector":
    from supergraph.gateway.hooks.builtin.exporting import Collector  # noqa: PLC0415 - only where it is on

    assert settings.endpoint is not None, "a collector is made where there is an endpoint"
    headers = _read_headers(f"telemetry.{signal}", settings.headers)
    return Collector(settings.endpoint, headers, settings.seconds, every_seconds)


def _read_headers(section: str, headers: Mapping[str, str | Secret]) -> dict[str, str]:
    try:
        return {name: value.read() if isinstance(value, Secret) else value for name, value in headers.items()}
    except UnreadableSecretError as error:
        raise InvalidTelemetryError(f"{section}.headers: {error}") from error


Reading = Callable[[], float]


def state_gauges(
    *,
    open_streams: Reading,
    breakers: Callable[[], Mapping[SubgraphName, BreakerState]],
    loaded_at: Reading,
    reloads: Callable[[], Mapping[str, int]],
    reported_limits: Callable[[], Mapping[str, int]],
    clock: Reading,
) -> tuple[Gauge, ...]:
    """What other parts of the gateway know of themselves, read when somebody looks."""
    return (
        Gauge("dovetail.subscriptions.open", "Subscriptions that are open.", lambda: [(open_streams(), {})]),
        Gauge(
            "dovetail.breaker.state",
            "1 for the state that a subgraph's circuit breaker is in.",
            lambda: [
                (1, {"dovetail.subgraph": str(name), "state": state})
                for name, state in dict(breakers()).items()
            ],
        ),
        Gauge(
            "dovetail.supergraph.age",
            "How long ago the present supergraph was loaded.",
            lambda: [(clock() - loaded_at(), {})],
            unit="s",
        ),
        Gauge(
            "dovetail.supergraph.reloads",
            "New supergraph documents, by what became of them.",
            lambda: [(count, {"outcome": outcome}) for outcome, count in dict(reloads()).items()],
            counts=True,
        ),
        Gauge(
            "dovetail.limits.reported",
            "Operations beyond a limit that is only reported.",
            lambda: [(count, {"limit": limit}) for limit, count in dict(reported_limits()).items()],
            counts=True,
        ),
    )
