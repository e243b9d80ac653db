"""Code that is written by code: typed clients for the graph.

Empty on purpose: `dovetail --help` reads `codegen.cli` and must not load a generator. The door is `codegen.clients`.
"""
