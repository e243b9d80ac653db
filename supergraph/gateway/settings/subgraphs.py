"""How subgraphs are spoken to."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, NonNegativeInt, PositiveFloat, PositiveInt

from supergraph.gateway.settings.section import Settings

ALL: Final = "*"
"""Stands for every subgraph: what one does not set itself is as it is set here."""


class BreakerSettings(Settings):
    """When a subgraph that keeps failing is left alone for a while."""

    failure_rate: float = Field(
        default=0.5, gt=0, le=1, description="The share of requests that must fail for the breaker to open."
    )
    calls: PositiveInt = Field(
        default=10, description="How many requests there must have been within the window, at least."
    )
    window_seconds: PositiveFloat = Field(
        default=10.0, description="How many seconds after a failure requests are counted together with it."
    )
    open_seconds: PositiveFloat = Field(
        default=5.0, description="For how many seconds nothing is asked; then one request goes as a probe."
    )


class SubgraphSettings(Settings):
    """How one subgraph is spoken to, by its name; under `*`, all that are not told otherwise."""

    url: str | None = Field(
        default=None, min_length=1, description="The address to ask at, instead of the supergraph document's."
    )
    seconds: PositiveFloat = Field(
        default=30.0, description="How many seconds an answer may take, waiting and retries included."
    )
    retries: NonNegativeInt = Field(
        default=2,
        description="How often a query is asked again that found no connection, lost it before an answer, or was "
        "answered by 502, 503 or 504. Mutations never are.",
    )
    retry_share: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="How many retries there may be in all, as a share of the queries; ten are always allowed.",
    )
    breaker: BreakerSettings | None = Field(
        default=BreakerSettings(), description="When the subgraph is left alone; null: never."
    )
    connections: PositiveInt = Field(default=128, description="How many requests are under way at once.")
    waiting: NonNegativeInt = Field(
        default=256, description="How many more may wait for their turn; beyond, requests fail at once."
    )
    answer_bytes: PositiveInt = Field(
        default=64 * 1024 * 1024, description="Bytes of an answer, unpacked, and of an event."
    )
    share_equal_requests: bool = Field(
        default=True, description="Whether equal queries in flight, of one principal, are asked once."
    )
    subscriptions: str = Field(
        default="sse",
        description="How its events are had: `sse`, `websocket`, or an address of their own such as "
        "`ws://reviews:4001/subscriptions`.",
    )
    own_thread: bool = Field(
        default=True,
        description="Whether a module in the gateway's process runs in a thread of its own, so that what blocks in it "
        "stalls nothing else.",
    )


def _for_all(given: object) -> object:
    """Settings without a name before them are every subgraph's: in the environment, `*` cannot be written."""
    if isinstance(given, SubgraphSettings):
        return {ALL: given}
    if not isinstance(given, Mapping):
        return given
    unnamed = {
        key: value
        for key, value in given.items()
        if key in SubgraphSettings.model_fields and not isinstance(value, Mapping | SubgraphSettings)
    }
    if not unnamed:
        return given
    named = {key: value for key, value in given.items() if key not in unnamed}
    common = named.get(ALL, {})
    return {**named, ALL: {**common, **unnamed} if isinstance(common, Mapping) else common}


SubgraphsByName = Annotated[Mapping[str, SubgraphSettings], BeforeValidator(_for_all)]


def settings_of(name: str, subgraphs: Mapping[str, SubgraphSettings]) -> SubgraphSettings:
    """One subgraph's settings: its own, else those under `*`, else the defaults."""
    common, own = subgraphs.get(ALL), subgraphs.get(name)
    if common is None or own is None:
        return own or common or SubgraphSettings()
    return SubgraphSettings.model_validate(
        _merged(common.model_dump(exclude_unset=True), own.model_dump(exclude_unset=True))
    )


def _merged(common: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    merged = dict(common)
    for key, value in own.items():
        below = merged.get(key)
        merged[key] = (
            _merged(below, value) if isinstance(value, Mapping) and isinstance(below, Mapping) else value
        )
    return merged
