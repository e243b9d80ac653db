"""Graphs of tenants' own: how many are kept ready, and how long one is waited for."""

from pydantic import Field, PositiveFloat, PositiveInt

from supergraph.gateway.settings.section import Settings


class TenantGraphSettings(Settings):
    """Where tenants have modules of their own: the graphs of the sets of modules that are in use."""

    kept: PositiveInt = Field(
        default=256,
        description="How many graphs are kept ready; tenants with the same modules share one. Of more, those leave that "
        "were used longest ago, and are built again when they are asked for.",
    )
    wait_seconds: PositiveFloat = Field(
        default=10.0,
        description="How long a request may wait for a graph that nobody had yet, in seconds; then it is told to come again.",
    )
