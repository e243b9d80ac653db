"""How large a plan is: requests, and the longest chain of those that wait for one another."""

from typing import assert_never

from supergraph.planner.plan.nodes import (
    BatchFetch,
    Condition,
    Defer,
    Fetch,
    Parallel,
    PlanNode,
    Sequence,
    Subscribe,
)


def count_fetches(node: PlanNode | None) -> int:
    """All requests in a plan, both branches of a condition included."""
    match node:
        case None:
            return 0
        case Fetch() | BatchFetch():
            return 1
        case Sequence(nodes=nodes) | Parallel(nodes=nodes):
            return sum(count_fetches(each) for each in nodes)
        case Condition(if_true=if_true, if_false=if_false):
            return count_fetches(if_true) + count_fetches(if_false)
        case Subscribe(then=then):
            return 1 + count_fetches(then)
        case Defer(primary=primary, deferred=deferred):
            return count_fetches(primary) + sum(count_fetches(each.node) for each in deferred)
        case _:
            assert_never(node)


def longest_chain(node: PlanNode | None) -> int:
    match node:
        case None:
            return 0
        case Fetch() | BatchFetch():
            return 1
        case Sequence(nodes=nodes):
            return sum(longest_chain(each) for each in nodes)
        case Parallel(nodes=nodes):
            return max((longest_chain(each) for each in nodes), default=0)
        case Condition(if_true=if_true, if_false=if_false):
            return max(longest_chain(if_true), longest_chain(if_false))
        case Subscribe(then=then):
            return 1 + longest_chain(then)
        case Defer(primary=primary, deferred=deferred):
            return longest_chain(primary) + max((longest_chain(each.node) for each in deferred), default=0)
        case _:
            assert_never(node)
