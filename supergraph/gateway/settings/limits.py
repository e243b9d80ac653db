"""How much one request may ask."""

from pydantic import PositiveInt

from supergraph.gateway.settings.section import Settings


class LimitSettings(Settings):
    """How much one request may ask; see `pipeline/limits.py` for what is counted how."""

    body_bytes: PositiveInt = 1024 * 1024
    tokens: PositiveInt = 2_000
    depth: PositiveInt = 20
    aliases: PositiveInt = 50
    selections: PositiveInt = 2_000
    repeats: PositiveInt = 30
    variable_depth: PositiveInt = 32
