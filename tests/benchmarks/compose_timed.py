"""Composes one graph again and again with dovetail: what tests/peers/compose_timed.mjs does with an engine from npm.

python compose_timed.py <runs at most> <seconds after which no further run starts>

Both documents are printed within the time taken, as the other engines do.
"""

import json
import resource
import sys
import time

from supergraph.composer import SubgraphSource, compose


def main() -> None:
    runs, seconds = map(int, sys.argv[1:])
    graph = json.load(sys.stdin)
    sources = [
        SubgraphSource(each["name"], each.get("url") or "", each["sdl"]) for each in graph["subgraphs"]
    ]
    began = time.perf_counter()
    for run in range(runs):
        if run and time.perf_counter() - began > seconds:
            break
        start, cpu = time.perf_counter(), time.process_time()
        composition = compose(sources)
        printed = composition.supergraph_sdl, composition.api_schema_sdl
        line = {
            "ok": all(printed),
            "wall": 1000 * (time.perf_counter() - start),
            "cpu": 1000 * (time.process_time() - cpu),
            "peak": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
