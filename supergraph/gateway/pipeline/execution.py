"""Plan -> data and errors."""

from collections.abc import Mapping

import structlog

from supergraph.gateway.executor import Disclosure, ExecutionRequest, execute
from supergraph.gateway.operation import PlannedOperation
from supergraph.gateway.pipeline.http_response import Executed
from supergraph.gateway.transport import SubgraphClient
from supergraph.spec import Principal

_log = structlog.stdlib.get_logger("dovetail.gateway")


async def execute_planned(
    planned: PlannedOperation,
    variables: Mapping[str, object],
    principal: Principal,
    client: SubgraphClient,
    disclosure: Disclosure,
) -> Executed:
    """Run it. What failed at subgraphs, and what no client may know of it, goes to the log."""
    result = await execute(planned.executable, ExecutionRequest(client, variables, principal, disclosure))
    for failure in result.failures:
        _log.warning(
            "a subgraph failed",
            subgraph=failure.subgraph,
            reason=failure.reason.value,
            detail=failure.detail,
        )
    # Where everything was denied there is no data, not even an empty object.
    data = None if planned.is_denied and result.errors else result.data
    return Executed(data, tuple(result.errors))
