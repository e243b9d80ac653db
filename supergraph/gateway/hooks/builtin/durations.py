"""Histograms counted in plain numbers, and given to the SDK's readers when they collect.

To record a value by the SDK costs fifteen times as much, and a request has one for itself and one for each fetch.
"""

import time
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    PeriodicExportingMetricReader,
    ResourceMetrics,
    ScopeMetrics,
)

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds. A value that is equal to one of them falls below it."""


class _Series:
    __slots__ = ("buckets", "largest", "smallest", "total")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.total = 0.0
        self.smallest = float("inf")
        self.largest = 0.0


class Durations:
    """One histogram of seconds, by the values of `labels`. Written by the event loop, read by whoever collects."""

    __slots__ = ("_description", "_labels", "_name", "_series", "_started")

    def __init__(self, name: str, description: str, labels: Sequence[str]) -> None:
        self._name = name
        self._description = description
        self._labels = tuple(labels)
        self._series: dict[tuple[str, ...], _Series] = {}
        self._started = time.time_ns()

    def record(self, values: tuple[str, ...], seconds: float) -> None:
        """`values` are those of the labels, in their order; they must be few."""
        series = self._series.get(values)
        if series is None:
            series = self._series[values] = _Series()
        series.buckets[bisect_left(BOUNDS, seconds)] += 1
        series.total += seconds
        series.smallest = min(series.smallest, seconds)
        series.largest = max(series.largest, seconds)

    def metric(self) -> Metric:
        """All of it as it is now, since the start."""
        now = time.time_ns()
        points = [self._point(values, series, now) for values, series in self._series.copy().items()]
        return Metric(
            self._name, self._description, "s", Histogram(points, AggregationTemporality.CUMULATIVE)
        )

    def _point(self, values: tuple[str, ...], series: _Series, now: int) -> HistogramDataPoint:
        buckets = tuple(series.buckets)
        return HistogramDataPoint(
            attributes=dict(zip(self._labels, values, strict=True)),
            start_time_unix_nano=self._started,
            time_unix_nano=now,
            count=sum(buckets),
            sum=series.total,
            bucket_counts=buckets,
            explicit_bounds=BOUNDS,
            min=series.smallest,
            max=series.largest,
        )


class PrometheusReader(PrometheusMetricReader):
    """The SDK's reader, with `durations` beside what the SDK itself has."""

    durations: Sequence[Durations] = ()

    def _receive_metrics(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: object
    ) -> None:
        super()._receive_metrics(_with(metrics_data, self.durations), timeout_millis, **kwargs)


class DeliveringReader(PeriodicExportingMetricReader):
    """The SDK's reader, with `durations` beside what the SDK itself has."""

    durations: Sequence[Durations] = ()

    def _receive_metrics(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: object
    ) -> None:
        super()._receive_metrics(_with(metrics_data, self.durations), timeout_millis, **kwargs)


DurationReader = PrometheusReader | DeliveringReader


def _with(collected: MetricsData, durations: Sequence[Durations]) -> MetricsData:
    """What was collected, with the histograms in the first scope: there is one, the gateway's."""
    (resource, *resources) = collected.resource_metrics
    (scope, *scopes) = resource.scope_metrics
    metrics = [*scope.metrics, *(each.metric() for each in durations)]
    first = ScopeMetrics(scope.scope, metrics, scope.schema_url)
    return MetricsData(
        [ResourceMetrics(resource.resource, [first, *scopes], resource.schema_url), *resources]
    )
