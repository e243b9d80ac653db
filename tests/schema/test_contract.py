from pathlib import Path

import pytest

from schema.contract import (
    SDL_FOLDER,
    Contract,
    DeclaredPermission,
    IncompleteContractError,
    contract_files,
    contract_from_files,
)
from supergraph.spec import SubgraphName

CONTRACT = Contract(
    {SubgraphName("b"): "type B { a: Int }\n", SubgraphName("a"): "type A { a: Int }\n"},
    "schema { query: Query }\n",
    "type Query { a: Int }\n",
    (
        DeclaredPermission("b:read", SubgraphName("b"), "Sée b", "read"),
        DeclaredPermission("a:read", SubgraphName("a"), "See a", "read"),
    ),
)


def test_files_are_in_order_whatever_the_order_of_the_contract() -> None:
    files = contract_files(CONTRACT)
    assert list(files) == [
        "subgraphs/a.graphql",
        "subgraphs/b.graphql",
        "supergraph.graphql",
        "api.graphql",
        "permissions.json",
    ]
    assert files["permissions.json"].index("a:read") < files["permissions.json"].index("b:read")
    assert "Sée" in files["permissions.json"]


def test_reading_the_files_gives_back_the_contract() -> None:
    files = contract_files(CONTRACT)
    assert contract_files(contract_from_files(files)) == files


def test_every_file_ends_in_one_line_feed() -> None:
    untidy = Contract({SubgraphName("a"): "\ntype A { a: Int }"}, "x\n\n", "y", ())
    assert {text[-2:] for text in contract_files(untidy).values()} == {"}\n", "x\n", "y\n", "]\n"}


@pytest.mark.parametrize("missing", ["api.graphql", "supergraph.graphql", "permissions.json"])
def test_a_contract_that_lacks_a_file_is_refused_by_its_name(missing: str) -> None:
    files = {name: text for name, text in contract_files(CONTRACT).items() if name != missing}
    with pytest.raises(IncompleteContractError, match=missing):
        contract_from_files(files)


@pytest.mark.parametrize("broken", ["", "{", "{}", "[1]", '[{"id": "a"}]', "null"])
def test_permissions_of_another_shape_are_refused(broken: str) -> None:
    with pytest.raises(IncompleteContractError, match=r"permissions\.json is not a list of permissions"):
        contract_from_files({**contract_files(CONTRACT), "permissions.json": broken})


def test_the_committed_contract_lies_beside_the_room_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert SDL_FOLDER.is_absolute()
    assert (SDL_FOLDER.parent / "contract.py").is_file()
