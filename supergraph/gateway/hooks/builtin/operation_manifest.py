"""Registered operations from a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson

_FORMAT: Final = "apollo-persisted-query-manifest"


class InvalidManifestError(ValueError):
    """A file that is no manifest. The message is one line."""


class ListedOperations:
    """Operations known by id. The text of each is as good as its id where ids are not required."""

    __slots__ = ("_by_id", "_texts")

    def __init__(self, by_id: Mapping[str, str]) -> None:
        self._by_id = dict(by_id)
        self._texts = frozenset(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def registered_text(self, operation_id: str) -> str | None:
        """None for an id that is not listed."""
        return self._by_id.get(operation_id)

    def is_registered(self, text: str) -> bool:
        """Exactly this text, to the last space."""
        return text in self._texts


def read_manifest(path: Path) -> ListedOperations:
    """Apollo's persisted query manifest, or an object from an id to a text. Raises InvalidManifestError."""
    try:
        found = orjson.loads(path.read_bytes())
    except OSError as error:
        raise InvalidManifestError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except orjson.JSONDecodeError as error:
        raise InvalidManifestError(f"{path}: not JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidManifestError(f"{path}: a manifest is an object")
    listed = found.get("operations")
    if not isinstance(listed, list):
        return ListedOperations(_entries(found, path))
    if found.get("format") != _FORMAT or found.get("version") != 1:
        raise InvalidManifestError(
            f"{path}: a manifest with `operations` has `format: {_FORMAT}`, `version: 1`"
        )
    by_id: dict[str, str] = {}
    for number, operation in enumerate(listed):
        entry = operation if isinstance(operation, dict) else {}
        identifier, text = entry.get("id"), entry.get("body")
        if not isinstance(identifier, str) or not isinstance(text, str) or not identifier or not text:
            raise InvalidManifestError(f"{path}: operations[{number}] needs an `id` and a `body`")
        if by_id.setdefault(identifier, text) != text:
            raise InvalidManifestError(
                f"{path}: operations[{number}]: the id {identifier} stands for another text"
            )
    return ListedOperations(by_id)


def _entries(found: Mapping[str, object], path: Path) -> dict[str, str]:
    by_id: dict[str, str] = {}
    for identifier, text in found.items():
        if not isinstance(text, str) or not text or not identifier:
            raise InvalidManifestError(f"{path}: `{identifier}` needs a text")
        by_id[identifier.removeprefix("sha256:")] = text
    return by_id
