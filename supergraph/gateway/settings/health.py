"""What `/health` tells."""

from enum import StrEnum

from pydantic import Field

from supergraph.gateway.settings.section import Settings


class HealthDetails(StrEnum):
    """`STATUS`: one word for the whole. `NAMES`: each subgraph's state by its name. `REASONS`: what went wrong, too."""

    STATUS = "status"
    NAMES = "names"
    REASONS = "reasons"


class HealthSettings(Settings):
    """What `/health` tells to everybody who can reach it."""

    details: HealthDetails = Field(
        default=HealthDetails.NAMES,
        description="`status`: one word for the whole. `names`: also each subgraph's state and the code of its last "
        "failure. `reasons`: also the words of failures, which may hold addresses.",
    )
