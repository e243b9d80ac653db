"""Operations that a client sends, checked against the API schema -> a typed client for them."""

from codegen.clients.operations import (
    ClientProblemError,
    Operation,
    Operations,
    read_api_schema,
    read_operations,
)
from codegen.clients.python import Announce, Generated, generate_python_client

__all__ = [
    "Announce",
    "ClientProblemError",
    "Generated",
    "Operation",
    "Operations",
    "generate_python_client",
    "read_api_schema",
    "read_operations",
]
