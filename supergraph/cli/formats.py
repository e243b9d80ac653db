"""How a command tells its result."""

from enum import StrEnum


class ReportFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class PlanFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
