"""Metrics of the gateway, by OpenTelemetry's SDK. Loaded only where metrics are on.

Durations are counted as they happen, in plain numbers. All else is counted likewise, by us or by those whose concern it is, and read
when somebody looks.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.resources import Resource

from supergraph.gateway.hooks import FetchRecord, RequestRecord, Step
from supergraph.gateway.hooks.builtin.durations import DurationReader, Durations
from supergraph.gateway.hooks.gauges import Gauge

_OTHER: Final = "other"
_NANO: Final = 1e-9
_ENFORCED, _REHEARSED = "enforced", "rehearsed"
_PREPARE_HIT, _PREPARE_MISS = ("prepare", "hit"), ("prepare", "miss")
_PLAN_HIT, _PLAN_MISS = ("plan", "hit"), ("plan", "miss")


@dataclass(slots=True)
class _Counts:
    """By outcomes that are few; all of it is written by the event loop and read by whoever looks."""

    cache: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    denials: Counter[str] = field(default_factory=Counter)


class MetricObserver:
    """Records every operation and fetch. `operation_names` and `codes` are told apart; all others are `other`."""

    def __init__(
        self,
        readers: Sequence[DurationReader],
        resource: Resource,
        *,
        operation_names: Collection[str],
        codes: Collection[str],
    ) -> None:
        # Exemplars would look up a span of the SDK's for every measurement, and ours are made afterwards.
        self._provider = MeterProvider(
            metric_readers=readers,
            resource=resource,
            exemplar_filter=AlwaysOffExemplarFilter(),
            shutdown_on_exit=False,
        )
        self._meter = self._provider.get_meter("dovetail.gateway")
        self._names = frozenset(operation_names)
        self._codes = frozenset(codes)
        self._counts = _Counts()
        labels = ("graphql.operation.type", "outcome", *(("graphql.operation.name",) if self._names else ()))
        self._requests = Durations(
            "dovetail.request.duration", "From an operation's coming in to the end of its answer.", labels
        )
        self._fetches = Durations(
            "dovetail.fetch.duration",
            "How long a subgraph's answer was waited for.",
            ("dovetail.subgraph", "outcome"),
        )
        for reader in readers:
            reader.durations = (self._requests, self._fetches)
        self.add(self._own_gauges())

    def add(self, gauges: Iterable[Gauge]) -> None:
        for gauge in gauges:
            _observe(self._meter, gauge)

    def fetched(self, record: RequestRecord, fetch: FetchRecord) -> None:  # noqa: ARG002 - the point's own form
        outcome = fetch.failure or ("OK" if fetch.status is None or fetch.status < 500 else "BAD_STATUS")
        self._fetches.record((fetch.subgraph, outcome), (fetch.ended - fetch.started) * _NANO)

    def answered(self, record: RequestRecord) -> None:
        operation = record.operation
        type_, name = "batch" if record.is_batch else "unknown", None
        if operation is not None:
            type_, name = operation.type, operation.name
            steps = [each.step for each in record.steps]
            self._counts.cache[_PREPARE_MISS if Step.PARSE in steps else _PREPARE_HIT] += 1
            self._counts.cache[_PLAN_MISS if Step.PLAN in steps else _PLAN_HIT] += 1
        # A stream lasts as long as its client likes: that says nothing of how quick the gateway is.
        if type_ != "subscription":
            values: tuple[str, ...] = (type_, record.outcome.value)
            if self._names:
                values += (name if name is not None and name in self._names else _OTHER,)
            self._requests.record(values, (record.ended - record.started) * _NANO)
        if record.denials:
            self._counts.denials[_REHEARSED if record.is_rehearsal else _ENFORCED] += record.denials
        if record.codes:
            for code in record.codes:
                self._counts.errors[code if code in self._codes else _OTHER] += 1

    def shut_down(self) -> None:
        self._provider.shutdown(timeout_millis=2000)

    def _own_gauges(self) -> Iterable[Gauge]:
        counts = self._counts
        yield Gauge(
            "dovetail.cache.lookups",
            "Operations looked up among those that are kept ready: once prepared, and once planned.",
            lambda: [
                (count, {"dovetail.step": step, "outcome": outcome})
                for (step, outcome), count in counts.cache.copy().items()
            ],
            counts=True,
        )
        yield Gauge(
            "dovetail.request.errors",
            "Operations whose answer held an error with this code.",
            lambda: [(count, {"error.code": code}) for code, count in counts.errors.copy().items()],
            counts=True,
        )
        yield Gauge(
            "dovetail.authorization.denials",
            "Fields of operations that their callers may not see.",
            lambda: [(counts.denials[mode], {"mode": mode}) for mode in (_ENFORCED, _REHEARSED)],
            counts=True,
        )


def _observe(meter: Meter, gauge: Gauge) -> None:
    def callback(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, labels) for value, labels in gauge.read()]

    make = meter.create_observable_counter if gauge.counts else meter.create_observable_gauge
    make(gauge.name, [callback], gauge.unit, gauge.description)
