"""Subgraph names as values of the enum `join__Graph`."""

import re
from collections.abc import Iterable

from supergraph.spec import GraphName, SubgraphName


def name_graphs(names: Iterable[SubgraphName]) -> dict[SubgraphName, GraphName]:
    """Letters, digits and `_` in upper case. Names that become one are numbered in their alphabetical order."""
    wanted: dict[str, list[SubgraphName]] = {}
    for name in sorted(names):
        wanted.setdefault(_as_enum_value(name), []).append(name)
    return {
        name: GraphName(value if len(same) == 1 else f"{value}_{number}")
        for value, same in wanted.items()
        for number, name in enumerate(same, start=1)
    }


def _as_enum_value(name: str) -> str:
    value = re.sub(r"[^0-9A-Za-z]", "_", name).upper()
    if value[:1].isdigit():
        value = f"_{value}"
    # A name that ends like a numbered one gets another end, so that no two can meet.
    return f"{value}_" if re.search(r"_[0-9]+$", value) else value
