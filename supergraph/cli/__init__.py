"""The `dovetail` command: compose | plan | serve; other rooms add theirs by the entry points `dovetail.commands`."""

from supergraph.cli.application import main
from supergraph.cli.failure import CommandError

__all__ = ["CommandError", "main"]
