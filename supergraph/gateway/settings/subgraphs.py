"""How subgraphs are spoken to."""

from collections.abc import Mapping

from pydantic import PositiveFloat, PositiveInt

from supergraph.gateway.settings.section import Settings


class SubgraphSettings(Settings):
    """How subgraphs are spoken to: how long an answer may take, how large it may be, how many at once.

    `subscriptions` says by a subgraph's name how its events are had: `sse` (the default), `websocket`, or an address
    of its own, such as `ws://reviews:4001/subscriptions`. `*` stands for all that are not named.
    """

    seconds: PositiveFloat = 30.0
    answer_bytes: PositiveInt = 64 * 1024 * 1024
    connections: PositiveInt = 128
    share_equal_requests: bool = True
    subscriptions: Mapping[str, str] = {}
