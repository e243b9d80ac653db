"""The interpreter of plans: a prepared operation in, data and errors out."""

from supergraph.gateway.executor.executable import Executable, prepare
from supergraph.gateway.executor.execution_schema import ExecutionSchema, read_execution_schema
from supergraph.gateway.executor.interpreter import ExecutionRequest, ExecutionResult, execute
from supergraph.gateway.executor.json_text import write_json
from supergraph.gateway.executor.problems import Denial, Disclosure, ExecutionCode
from supergraph.gateway.executor.subscription import (
    ExecutionResults,
    Subscription,
    prepare_subscription,
    subscribe,
)

__all__ = [
    "Denial",
    "Disclosure",
    "Executable",
    "ExecutionCode",
    "ExecutionRequest",
    "ExecutionResult",
    "ExecutionResults",
    "ExecutionSchema",
    "Subscription",
    "execute",
    "prepare",
    "prepare_subscription",
    "read_execution_schema",
    "subscribe",
    "write_json",
]
