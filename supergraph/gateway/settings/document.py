"""What was read from gateway.yaml: plain values, and where in the file each of them stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Location = tuple[str | int, ...]
"""Keys and list indices from the top, such as `("limits", "depth")`."""


class InvalidDocumentError(ValueError):
    """No document of settings. `place` is `line:column`, from 1."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, slots=True)
class SettingsDocument:
    """`keys` says the `line:column` of each key, `values` that of each value; list items have a value alone."""

    content: Mapping[str, object]
    keys: dict[Location, str] = field(default_factory=dict)
    values: dict[Location, str] = field(default_factory=dict)
