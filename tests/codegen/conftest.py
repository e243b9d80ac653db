"""A sample API, its operations, and the client that ariadne-codegen really makes of them."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from graphql import GraphQLSchema

from codegen.clients import Operations, read_operations
from codegen.clients.operations import read_api_schema
from codegen.clients.python import generate_python_client

SAMPLE = Path(__file__).resolve().parents[1] / "cases" / "clients" / "customers"


@pytest.fixture(scope="session")
def sample_schema() -> GraphQLSchema:
    return read_api_schema(SAMPLE / "api.graphql")


@pytest.fixture(scope="session")
def sample_operations(sample_schema: GraphQLSchema) -> Operations:
    return read_operations(SAMPLE / "operations", sample_schema)


@pytest.fixture(scope="session")
def generated_client(
    generator: None,
    sample_schema: GraphQLSchema,
    sample_operations: Operations,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    folder = tmp_path_factory.mktemp("generated") / "sample_client"
    generate_python_client(sample_schema, sample_operations, folder)
    return folder


@pytest.fixture(scope="session")
def sample_client(generated_client: Path) -> Iterator[ModuleType]:
    sys.path.insert(0, str(generated_client.parent))
    try:
        yield importlib.import_module(generated_client.name)
    finally:
        sys.path.remove(str(generated_client.parent))
