"""The same subgraphs in processes of their own: the same answers, byte for byte, through a gateway that signs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from supergraph.spec import PRINCIPAL_HEADER, Principal, PrincipalSigner

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = (ROOT / "module_subgraphs" / "sample.graphql").read_text()
OPERATIONS = {
    path.stem: path.read_text() for path in sorted((Path(__file__).parent / "operations").glob("*.graphql"))
}
VARIABLES: dict[str, dict[str, object]] = {
    "customers_page": {"first": 5, "withLoyalty": True},
    "award_points": {},
}
ENTITY = '{ _entities(representations: [{__typename: "Customer", id: "ID"}]) { ... on Customer { name } } }'
SUBGRAPHS = ("foundation", "customers", "loyalty")


@pytest.fixture(scope="module")
def apart(house: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The subgraphs served alone by `dovetail subgraph`, and `dovetail serve` over them."""
    process, house_type = type(house.process), type(house)
    folder = tmp_path_factory.mktemp("apart")
    data = house.folder / "data"
    started = [
        process("subgraph", name, "--port", "0", "--data", str(data), cwd=folder) for name in SUBGRAPHS
    ]
    try:
        urls = [each.wait_for(r"answers at (http://[^\s]+)").group(1) for each in started]
        jwks = folder / "jwks.json"
        jwks.write_text(httpx.get(f"{house.url}/sign-in/jwks.json").text)
        options = [f"--subgraph={name}={url}" for name, url in zip(SUBGRAPHS, urls, strict=True)]
        gateway = process(
            "serve",
            f"--supergraph={ROOT / 'schema' / 'sdl' / 'supergraph.graphql'}",
            "--port=0",
            *options,
            f"--jwks={jwks}",
            "--issuer=dovetail",
            "--audience=dovetail",
            f"--principal-key={data / 'keys' / 'principal.pem'}",
            cwd=folder,
        )
        started.append(gateway)
        url = gateway.wait_for(r"at (http://[^/\s]+)/graphql").group(1)
        yield house_type(url, folder, gateway), dict(zip(SUBGRAPHS, urls, strict=True))
    finally:
        for each in started:
            each.interrupt()


@pytest.mark.parametrize("who", ["clerk@acme", "auditor@acme", "owner@globex"])
@pytest.mark.parametrize("operation", [*OPERATIONS, "sample"])
def test_every_example_operation_is_answered_alike_in_process_and_over_http(
    house: Any, apart: Any, operation: str, who: str
) -> None:
    text = OPERATIONS.get(operation, SAMPLE)
    token = house.sign_in(who).token
    body = {"query": text, "variables": VARIABLES.get(operation, {})}
    answers = [
        httpx.post(f"{each.url}/graphql", json=body, headers={"authorization": f"Bearer {token}"})
        for each in (house, apart[0])
    ]
    assert answers[0].status_code == answers[1].status_code == 200
    bodies = [each.json() for each in answers]
    denials = [denial_ids(body) for body in bodies]
    assert len(denials[0]) == len(denials[1])
    assert not denials[0] & denials[1], "an id leads to one denial"
    assert bodies[0] == bodies[1]
    assert bodies[0]["data"]


def denial_ids(body: dict[str, Any]) -> set[UUID]:
    """Take the ids of denials out of an answer: each is drawn anew."""
    denied = [
        error["extensions"]
        for error in body.get("errors", [])
        if error["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    ]
    return {UUID(extensions.pop("denialId")) for extensions in denied}


def test_a_subgraph_takes_no_client_token_and_nobody_without_a_signed_principal(
    house: Any, apart: Any
) -> None:
    """Bypassing the gateway gains nothing (B10)."""
    url = apart[1]["customers"]
    token = house.sign_in("owner@acme").token
    for query in ("{ customers { nodes { name } } }", "{ __typename }", "{ _service { sdl } }", ENTITY):
        for headers in ({}, {"authorization": f"Bearer {token}"}, {PRINCIPAL_HEADER: token}):
            refused = httpx.post(url, json={"query": query}, headers=headers)
            assert refused.status_code == 401
            assert "data" not in json.loads(refused.text)


def test_another_tenants_entity_is_not_to_be_had_by_its_key(house: Any, apart: Any) -> None:
    """B10: neither with a principal that somebody forged, nor with one that the gateway signed for another tenant."""
    url = apart[1]["customers"]
    ids = httpx.post(
        f"{house.url}/graphql",
        json={"query": "{ customers { nodes { id } } }"},
        headers={"authorization": f"Bearer {house.sign_in('owner@globex').token}"},
    ).json()["data"]["customers"]["nodes"]
    body = {"query": ENTITY.replace("ID", ids[0]["id"])}
    claims = jwt.decode(house.sign_in("owner@acme").token, options={"verify_signature": False})
    key = load_pem_private_key((house.folder / "data" / "keys" / "principal.pem").read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)

    def ask(signer: PrincipalSigner, tenant: str, subgraph: str) -> httpx.Response:
        principal = Principal(claims["sub"], tenant, frozenset(claims["scope"].split()))
        return httpx.post(url, json=body, headers={PRINCIPAL_HEADER: signer.sign(principal, subgraph)})

    globex = jwt.decode(house.sign_in("owner@globex").token, options={"verify_signature": False})["tenant"]
    ours = PrincipalSigner(key)
    assert ask(ours, globex, "customers").json()["data"]["_entities"][0]["name"]
    assert ask(ours, claims["tenant"], "customers").json()["data"] == {"_entities": [None]}
    assert ask(PrincipalSigner(Ed25519PrivateKey.generate()), globex, "customers").status_code == 401
    assert ask(ours, globex, "loyalty").status_code == 401
    assert ask(PrincipalSigner(key, lifetime=-60), globex, "customers").status_code == 401


def test_a_principal_header_of_a_clients_own_is_dropped(house: Any, apart: Any) -> None:
    token = house.sign_in("auditor@acme").token
    answer = httpx.post(
        f"{apart[0].url}/graphql",
        json={"query": SAMPLE},
        headers={"authorization": f"Bearer {token}", "dovetail-principal": "forged"},
    ).json()
    assert answer["data"]["customers"]["nodes"][0]["email"] is None
    assert answer["data"]["customers"]["nodes"][0]["name"]
