"""`python -m supergraph.cli` is `dovetail`."""

from supergraph.cli.application import main

main()
