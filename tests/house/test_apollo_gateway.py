"""Our supergraph on somebody else's gateway: @apollo/gateway takes it and gives our answers.

That gateway refuses every supergraph with authorization directives, its own composer's too: it cannot enforce them, and
they are linked `for: SECURITY`. So the rules are taken out of the documents for it; the subgraphs enforce them all the same.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from graphql import REMOVE, ConstDirectiveNode, Visitor, parse, print_ast, visit

from supergraph.composer import SubgraphSource, compose
from supergraph.spec import PRINCIPAL_HEADER, Principal, PrincipalSigner

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = (ROOT / "module_subgraphs" / "sample.graphql").read_text()
SUBGRAPHS = ("foundation", "customers", "loyalty")

pytestmark = pytest.mark.npm


def test_apollo_gateway_takes_our_supergraph_and_gives_our_answer(house: Any, peers: Path) -> None:
    process = type(house.process)
    data = house.folder / "data"
    started = [
        process("subgraph", name, "--port", "0", "--data", str(data), cwd=house.folder) for name in SUBGRAPHS
    ]
    try:
        urls = [each.wait_for(r"answers at (http://[^\s]+)").group(1) for each in started]
        folder = ROOT / "schema" / "sdl" / "subgraphs"
        composed = compose(
            [
                SubgraphSource(name, url, without_rules((folder / f"{name}.graphql").read_text()))
                for name, url in zip(SUBGRAPHS, urls, strict=True)
            ]
        )
        assert composed.ok, composed.diagnostics
        clerk = house.sign_in("clerk@acme")
        answer = ask_apollo(peers, composed.supergraph_sdl, SAMPLE, signed_principal(data, clerk.token))
    finally:
        for each in started:
            each.interrupt()
    assert answer == clerk.ask(SAMPLE)


class _Rules(Visitor):
    def enter_directive(self, node: ConstDirectiveNode, *_: object) -> object:
        return REMOVE if node.name.value in {"requiresScopes", "authenticated"} else None


def without_rules(sdl: str) -> str:
    return print_ast(visit(parse(sdl), _Rules()))


def ask_apollo(peers: Path, supergraph: str | None, query: str, headers: dict[str, str]) -> Any:
    node = shutil.which("node")
    assert node is not None
    run = subprocess.run(
        [node, str(ROOT / "tests" / "peers" / "apollo_gateway.mjs")],
        cwd=peers,
        input=json.dumps({"supergraph": supergraph, "query": query, "headers": headers}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def signed_principal(data: Path, token: str) -> dict[str, str]:
    """What our gateway would tell the subgraphs about the bearer of this token."""
    claims = jwt.decode(token, options={"verify_signature": False})
    key = load_pem_private_key((data / "keys" / "principal.pem").read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    principal = Principal(claims["sub"], claims["tenant"], frozenset(claims["scope"].split()))
    return {PRINCIPAL_HEADER: PrincipalSigner(key).sign(principal, "foundation", "customers", "loyalty")}
