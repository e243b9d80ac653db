"""The quick way first, where the plan has one; the interpreter where it has none, or where the answers surprised it."""

from dataclasses import replace

import msgspec
import orjson

from supergraph.gateway.executor.compiled_run import CompiledRun
from supergraph.gateway.executor.executable import Executable
from supergraph.gateway.executor.interpreter import ExecutionRequest, ExecutionResult, interpret


async def execute(executable: Executable, request: ExecutionRequest) -> ExecutionResult:
    """Run a plan and answer the client's operation, all of it at once, whatever may be deferred.

    What fails at a subgraph is told in `errors`; nothing raises. No subgraph is asked the same twice.
    """
    result = await execute_encoded(executable, request)
    if isinstance(result.data, orjson.Fragment):
        return replace(result, data=msgspec.json.decode(orjson.dumps(result.data)))
    return result


async def execute_encoded(executable: Executable, request: ExecutionRequest) -> ExecutionResult:
    """As `execute`, for those who only write the data: it may be JSON already."""
    plan = executable.projection(request.variables).plan
    if plan is None:
        return await interpret(executable, request)
    run = CompiledRun(plan, request.client, request.principal, request.variables)
    if await run.run(plan.node) and (data := run.data()) is not None:
        return ExecutionResult(orjson.Fragment(data), [])
    return await interpret(executable, replace(request, client=run.received))
