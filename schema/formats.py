"""How the findings of a check are told."""

from enum import StrEnum


class ReportFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    GITHUB = "github"
