"""What changed between two contracts, and whom that breaks."""

from schema.checks.acceptances import (
    ACCEPTED_FILE,
    Acceptance,
    Judged,
    UnreadableAcceptancesError,
    judge,
    propose,
    read_acceptances,
)
from schema.checks.changes import Change, ChangeKind
from schema.checks.comparison import Finding, UnreadableContractError, compare_contracts
from schema.checks.revision import Baseline, Repository, RevisionError, read_baseline
from schema.checks.verdicts import RULINGS, Ruling, Verdict

__all__ = [
    "ACCEPTED_FILE",
    "RULINGS",
    "Acceptance",
    "Baseline",
    "Change",
    "ChangeKind",
    "Finding",
    "Judged",
    "Repository",
    "RevisionError",
    "Ruling",
    "UnreadableAcceptancesError",
    "UnreadableContractError",
    "Verdict",
    "compare_contracts",
    "judge",
    "propose",
    "read_acceptances",
    "read_baseline",
]
