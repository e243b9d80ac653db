"""What modules ask the gateway, and the clients that they do it with, are those of the present graph."""

from pathlib import Path

import pytest

from codegen.clients import generate_python_client, read_operations
from codegen.clients.operations import read_api_schema

ROOT = Path(__file__).resolve().parents[3]
ASKING = [each.parent for each in sorted((ROOT / "module_subgraphs").glob("*/asks"))]


@pytest.mark.parametrize("module", ASKING, ids=lambda module: module.name)
def test_the_client_of_a_module_is_what_would_be_generated_now(
    generator: None, module: Path, tmp_path: Path
) -> None:
    schema = read_api_schema(ROOT / "schema" / "sdl" / "api.graphql")
    now = generate_python_client(schema, read_operations(module / "asks", schema), tmp_path / "graph_client")
    kept = {path.name: path.read_bytes() for path in (module / "graph_client").iterdir() if path.is_file()}
    assert {path.name: path.read_bytes() for path in now.folder.iterdir()} == kept, (
        f"generate it anew: dovetail client python --operations module_subgraphs/{module.name}/asks "
        f"--out module_subgraphs/{module.name}/graph_client"
    )
