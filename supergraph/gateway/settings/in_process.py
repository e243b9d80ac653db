"""How modules in the gateway's own process are looked after."""

from pydantic import Field, PositiveFloat, PositiveInt

from supergraph.gateway.settings.section import Settings


class InProcessSettings(Settings):
    """When a module that runs in the gateway's process is interrupted."""

    stall_seconds: PositiveFloat = Field(
        default=2.0, description="How many seconds it may hold its thread without a pause."
    )
    memory_bytes: PositiveInt | None = Field(
        default=None,
        description="How many bytes of memory the process may use before the module that was called longest is "
        "interrupted; by default, four fifths of what the container or the machine has.",
    )
