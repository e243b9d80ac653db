"""The interpreter of plans: a prepared operation in, data and errors out."""

from supergraph.gateway.executor.defer_program import DeferProgram
from supergraph.gateway.executor.executable import Executable, prepare
from supergraph.gateway.executor.execution import execute, execute_encoded
from supergraph.gateway.executor.execution_schema import ExecutionSchema, read_execution_schema
from supergraph.gateway.executor.incremental import (
    FirstResult,
    Increment,
    IncrementalResults,
    execute_incrementally,
)
from supergraph.gateway.executor.incremental_projection import DeferredResult
from supergraph.gateway.executor.interpreter import ExecutionRequest, ExecutionResult
from supergraph.gateway.executor.json_text import write_json
from supergraph.gateway.executor.problems import (
    Denial,
    Disclosure,
    ExecutionCode,
    ResponsePath,
    TellDenial,
    format_denial,
)
from supergraph.gateway.executor.projection_program import has_deferrals, selected_denials
from supergraph.gateway.executor.subscription import (
    ExecutionResults,
    LiveSubscription,
    Subscription,
    prepare_subscription,
    subscribe,
)

__all__ = [
    "DeferProgram",
    "DeferredResult",
    "Denial",
    "Disclosure",
    "Executable",
    "ExecutionCode",
    "ExecutionRequest",
    "ExecutionResult",
    "ExecutionResults",
    "ExecutionSchema",
    "FirstResult",
    "Increment",
    "IncrementalResults",
    "LiveSubscription",
    "ResponsePath",
    "Subscription",
    "TellDenial",
    "execute",
    "execute_encoded",
    "execute_incrementally",
    "format_denial",
    "has_deferrals",
    "prepare",
    "prepare_subscription",
    "read_execution_schema",
    "selected_denials",
    "subscribe",
    "write_json",
]
