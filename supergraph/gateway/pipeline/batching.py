"""Several operations in one request: limits hold for the whole of them, answers come in their order."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from supergraph.gateway.errors import Refusal
from supergraph.gateway.hooks import GraphQLRequest
from supergraph.gateway.operation import Excess, OperationSize
from supergraph.gateway.pipeline.http_request import Batch
from supergraph.gateway.pipeline.http_response import Executed
from supergraph.gateway.pipeline.limits import Limits, enforce, exceeded
from supergraph.gateway.settings import LimitName


@dataclass(frozen=True, slots=True)
class Measured:
    """What one operation of a batch adds to the whole. `changes`: it is a mutation."""

    request: GraphQLRequest
    size: OperationSize
    cost: int
    changes: bool


Measure = Callable[[GraphQLRequest], Awaitable[Measured | Refusal]]
Answer = Callable[[GraphQLRequest], Awaitable[Executed | Refusal]]


async def answer_batch(
    batch: Batch, measure: Measure, answer: Answer, limits: Limits
) -> Sequence[Executed | Refusal] | Refusal:
    """An outcome for each operation, in their order. The whole is refused where all together exceed a limit."""
    measured = [each if isinstance(each, Refusal) else await measure(each) for each in batch.requests]
    whole = [each for each in measured if isinstance(each, Measured)]
    refusal = enforce(_excess(whole, limits), limits)
    if refusal is not None:
        return refusal

    async def outcome(each: Measured | Refusal) -> Executed | Refusal:
        return each if isinstance(each, Refusal) else await answer(each.request)

    if any(each.changes for each in whole):
        # As in one operation: what changes something comes one after the other.
        return [await outcome(each) for each in measured]
    return await asyncio.gather(*map(outcome, measured))


def _excess(measured: Sequence[Measured], limits: Limits) -> list[Excess]:
    total = reduce(OperationSize.together_with, (each.size for each in measured), OperationSize())
    found = exceeded(total, limits)
    cost = sum(each.cost for each in measured)
    if limits.cost is not None and cost > limits.cost:
        found.append(Excess(LimitName.COST, cost, limits.cost))
    return found
