"""Plans operations over one supergraph with dovetail: what tests/peers/plan_timed.mjs does with the planner from npm.

python plan_timed.py <runs>
"""

import gc
import json
import sys
import time
from statistics import median

from graphql import parse

from supergraph.planner import (
    NormalizedOperation,
    QueryPlan,
    build_query_graph,
    count_fetches,
    normalize,
    plan_operation,
)
from supergraph.spec import client_schema, read_supergraph


def main() -> None:
    runs = int(sys.argv[1])
    given = json.load(sys.stdin)
    supergraph = read_supergraph(given["supergraph"])
    api, graph = client_schema(supergraph), build_query_graph(supergraph)
    # As the gateway's server does: what lasts is not searched for cycles again and again.
    gc.collect()
    gc.freeze()
    for each in given["operations"]:
        document = parse(each["operation"])
        times = []
        plan = None
        for _ in range(runs):
            start = time.perf_counter()
            operation = normalize(api, document)
            assert isinstance(operation, NormalizedOperation), operation
            plan = plan_operation(graph, operation)
            times.append(1000 * (time.perf_counter() - start))
        assert isinstance(plan, QueryPlan), plan
        fetches = count_fetches(plan.node)
        line = {"name": each["name"], "fetches": fetches, "first": times[0], "median": median(times)}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
