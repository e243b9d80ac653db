"""What a hop costs, and why.

A plan is judged first by the number of requests, then by the longest chain of requests that wait for one another: a
request costs both sides work whenever it is made, and a chain adds up latencies. So a path costs HOP for every hop
that is not made already, wherever in the tree it starts, and nothing for going on inside a subgraph that is asked
anyway. Among equally cheap paths the one that arrives after fewer waits wins, then the subgraph that can
resolve more of what is still wanted, then the supergraph's order: equal inputs give equal plans.
"""

from typing import Final

HOP: Final = 1_000
"""One more request."""

SHARED_HOP: Final = 100
"""A visit for entities to a subgraph that is asked for other entities in the same step: one request takes both. Not
free, since entities are work too."""

UNREACHABLE: Final = 1 << 60
