"""What is measured and told of requests. All of it is off until it is set."""

import re
from collections.abc import Mapping
from typing import Final

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from supergraph.gateway.settings.section import Secret, Settings

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class OtlpSettings(Settings):
    """A collector that is spoken to by OTLP over HTTP. Where it is away nothing waits for it, and nothing piles up."""

    endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+$",
        description="The full address of this signal, http://localhost:4318 and /v1/traces or /v1/metrics for one; unset, nothing is sent.",
    )
    headers: Mapping[str, str | Secret] = Field(
        default={},
        description="Headers that the collector wants; a secret one as `env: NAME` or `file: PATH`.",
    )
    seconds: PositiveFloat = Field(default=10.0, description="How many seconds one delivery may take.")


class TraceSettings(OtlpSettings):
    """Spans of requests, of the steps that are gone through, and of fetches from subgraphs."""

    share: float = Field(
        default=1.0, ge=0, le=1, description="The share of new traces that are recorded, from 0 to 1."
    )
    parent_based: bool = Field(
        default=True,
        description="Whether a request that is part of a trace is recorded as its caller says; set it to false where "
        "callers are not trusted to decide that.",
    )
    waiting_spans: PositiveInt = Field(
        default=4096, description="How many spans may wait for delivery; those beyond are dropped."
    )
    every_seconds: PositiveFloat = Field(
        default=5.0, description="How often spans are delivered, in seconds."
    )


class PrometheusSettings(Settings):
    """Where Prometheus reads metrics: a port of its own, or a path beside the endpoint. Unset, nowhere."""

    port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="A port that serves metrics and nothing else; 0 takes a free one.",
    )
    host: str = Field(default="127.0.0.1", description="The address that port is opened at.")
    path: str | None = Field(
        default=None,
        pattern=r"^/[^\s?#]+$",
        description="A path of the gateway's own port, such as /metrics. Whoever reaches the gateway reaches it.",
    )

    @property
    def is_on(self) -> bool:
        return self.port is not None or self.path is not None


class MetricSettings(OtlpSettings):
    """Durations, counts and states of the gateway."""

    prometheus: PrometheusSettings = Field(
        default=PrometheusSettings(), description="Where Prometheus reads metrics."
    )
    every_seconds: PositiveFloat = Field(
        default=60.0, description="How often metrics are delivered by OTLP, in seconds."
    )
    operation_names: frozenset[str] = Field(
        default=frozenset(),
        max_length=1000,
        description="Operations that are told apart by name; all others are one.",
    )

    @property
    def is_on(self) -> bool:
        return self.endpoint is not None or self.prometheus.is_on


class TelemetrySettings(Settings):
    """Traces and metrics by OpenTelemetry, and the trace that a request belongs to."""

    service_name: str = Field(
        default="dovetail-gateway", description="What the gateway is called in traces and metrics."
    )
    traces: TraceSettings = Field(default=TraceSettings(), description="Spans, and where they are sent.")
    metrics: MetricSettings = Field(
        default=MetricSettings(), description="Metrics, and where they are read or sent."
    )
    propagate: bool | None = Field(
        default=None,
        description="Whether subgraphs are told the trace (`traceparent`, `tracestate`); unset, where traces are on.",
    )
    response_header: str | None = Field(
        default=None, description="A header of every answer that holds the trace's id, such as x-trace-id."
    )

    @model_validator(mode="after")
    def _is_header(self) -> "TelemetrySettings":
        if self.response_header is not None and not _TOKEN.fullmatch(self.response_header):
            raise ValueError(f"response_header: {self.response_header!r} is not a header's name")
        return self

    @property
    def propagates(self) -> bool:
        return self.traces.endpoint is not None if self.propagate is None else self.propagate
