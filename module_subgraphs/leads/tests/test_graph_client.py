"""The generated client is that of the declared operations."""

import ast
from pathlib import Path

from module_subgraphs.leads import subgraph

CLIENT = Path(__file__).parents[1] / "graph_client" / "client.py"


def test_whatever_the_client_sends_is_declared_and_whatever_is_declared_it_can_send() -> None:
    """No network and no generator is needed to see that one is older than the other."""
    texts = [
        node.value
        for node in ast.walk(ast.parse(CLIENT.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "{" in node.value
    ]
    sent = {subgraph.asks.id_of(text, None) for text in texts}
    assert sent == set(subgraph.asks.texts), (
        "generate it anew: dovetail client python --operations module_subgraphs/leads/asks "
        "--out module_subgraphs/leads/graph_client"
    )
