"""What changed between two contracts, and whom that breaks."""

from schema.checks.changes import Change, ChangeKind
from schema.checks.comparison import Finding, UnreadableContractError, compare_contracts
from schema.checks.revision import Baseline, RevisionError, read_baseline
from schema.checks.verdicts import RULINGS, Ruling, Verdict

__all__ = [
    "RULINGS",
    "Baseline",
    "Change",
    "ChangeKind",
    "Finding",
    "RevisionError",
    "Ruling",
    "UnreadableContractError",
    "Verdict",
    "compare_contracts",
    "read_baseline",
]
