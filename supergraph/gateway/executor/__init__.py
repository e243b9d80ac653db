"""The interpreter of plans: a prepared operation in, data and errors out."""

from supergraph.gateway.executor.executable import Executable, prepare
from supergraph.gateway.executor.execution_schema import ExecutionSchema, read_execution_schema
from supergraph.gateway.executor.interpreter import ExecutionRequest, ExecutionResult, execute
from supergraph.gateway.executor.json_text import write_json
from supergraph.gateway.executor.problems import Denial, Disclosure, ExecutionCode

__all__ = [
    "Denial",
    "Disclosure",
    "Executable",
    "ExecutionCode",
    "ExecutionRequest",
    "ExecutionResult",
    "ExecutionSchema",
    "execute",
    "prepare",
    "read_execution_schema",
    "write_json",
]
