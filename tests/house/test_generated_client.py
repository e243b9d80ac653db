"""A client generated from the API and two operations, strictly typed, against the real house."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegen.clients import generate_python_client, read_api_schema, read_operations
from schema.contract import SDL_FOLDER

OPERATIONS = Path(__file__).parent / "operations"
USE = """
import asyncio
import sys

from house_client import Client


async def main(url: str, clerk: str, auditor: str) -> None:
    async with Client(url, token=clerk) as client:
        whole = await client.customers_page(first=2, with_loyalty=True)
        page = whole.complete()
        assert page.buyers is not None
        points: int | None = page.buyers.nodes[0].points
        assert points is not None
        assert page.buyers.nodes[0].called
    async with Client(url, token=auditor) as client:
        partial = await client.sample()
        assert partial.data is not None and partial.data.customers is not None
        assert partial.data.customers.nodes[0].name and partial.data.customers.nodes[0].email is None
        denied = partial.errors[0]
        assert denied.code == "UNAUTHORIZED_FIELD_OR_TYPE" and denied.coordinate == "Customer.email"
    print("both answered")


asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def client(tmp_path: Path, generator: object) -> Path:
    operations = tmp_path / "operations"
    operations.mkdir()
    for name in ("customers_page", "who_am_i"):
        (operations / f"{name}.graphql").write_text((OPERATIONS / f"{name}.graphql").read_text())
    sample = Path(__file__).resolve().parents[2] / "module_subgraphs" / "sample.graphql"
    (operations / "sample.graphql").write_text(sample.read_text())
    api = read_api_schema(SDL_FOLDER / "api.graphql")
    generate_python_client(api, read_operations(operations, api), tmp_path / "house_client")
    (tmp_path / "use.py").write_text(USE)
    return tmp_path


def test_the_client_is_strictly_typed_and_keeps_partial_data_beside_typed_errors(
    client: Path, house: Any
) -> None:
    assert importlib.util.find_spec("mypy")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "use.py"],
        cwd=client,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    tokens = [house.sign_in(who).token for who in ("clerk@acme", "auditor@acme")]
    used = subprocess.run(
        [sys.executable, "use.py", f"{house.url}/graphql", *tokens],
        cwd=client,
        capture_output=True,
        text=True,
        check=False,
    )
    assert used.returncode == 0, used.stderr
    assert used.stdout == "both answered\n"
