"""The contract between teams: what each subgraph says, what they make together, and who may ask for it.

Empty on purpose: `dovetail --help` reads `schema.cli` and must not load a composer. The doors are `schema.contract`
and `schema.checks`.
"""
