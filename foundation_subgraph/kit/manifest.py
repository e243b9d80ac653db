"""Manifest: what a module says of itself, as data: it is read without running the module, at any commit of its history."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from foundation_subgraph.kit.errors import SubgraphError
from foundation_subgraph.kit.permissions import Access, Permission

MANIFEST_FILE: Final = "manifest.toml"

_TYPE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_KEYS: Final = frozenset({"id", "title", "version", "owner", "owns", "extends", "depends_on", "permissions"})


class ManifestError(SubgraphError):
    """A manifest that cannot be read. The message is one line: the file, what is wrong, how to write it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`owner` is a team. `owns` and `extends` are names of entities; `depends_on` are ids of the modules that own the extended.

    The foundation is not named in `depends_on`: every module stands on it. `version` counts up with what is published.
    """

    id: str
    title: str
    version: int
    owner: str
    owns: tuple[str, ...]
    extends: tuple[str, ...]
    depends_on: tuple[str, ...]
    permissions: tuple[Permission, ...]

    @classmethod
    def read(cls, file: Path) -> Self:
        """The manifest in a file. Raises ManifestError."""
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            raise ManifestError(f"{file}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ManifestError(f"{file}: is not UTF-8") from error
        return cls.parse(text, str(file))

    @classmethod
    def parse(cls, text: str, name: str) -> Self:
        """The manifest in a text; `name` is what messages call it. Raises ManifestError."""
        try:
            written = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ManifestError(f"{name}: {error}") from error
        if unknown := sorted(set(written) - _KEYS):
            raise ManifestError(
                f"{name}: {unknown[0]} means nothing in a manifest; it has {', '.join(sorted(_KEYS))}"
            )
        return cls(
            id=_text(written, "id", name),
            title=_text(written, "title", name),
            version=_version(written, name),
            owner=_text(written, "owner", name),
            owns=_type_names(written, "owns", name),
            extends=_type_names(written, "extends", name),
            depends_on=_type_names(written, "depends_on", name),
            permissions=_permissions(written, name),
        )

    def permission(self, permission: str) -> Permission:
        """The permission with this id. Raises SubgraphError where the manifest has none."""
        for each in self.permissions:
            if each.id == permission:
                return each
        raise SubgraphError(f"{self.id}: the manifest has no permission {permission}")


def _text(written: Mapping[str, object], key: str, name: str) -> str:
    value = written.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ManifestError(f'{name}: {key} is missing; write it like {key} = "..."')
    return value


def _version(written: Mapping[str, object], name: str) -> int:
    value = written.get("version")
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ManifestError(f"{name}: version is a whole number from 1 on, like version = 1")
    return value


def _type_names(written: Mapping[str, object], key: str, name: str) -> tuple[str, ...]:
    value = written.get(key, [])
    if isinstance(value, list):
        names = tuple(each for each in value if isinstance(each, str) and _TYPE_NAME.fullmatch(each))
        if len(names) == len(value) == len(set(names)):
            return names
    raise ManifestError(f'{name}: {key} is a list of different names, like {key} = ["Customer"]')


def _permissions(written: Mapping[str, object], name: str) -> tuple[Permission, ...]:
    table = written.get("permissions", {})
    if not isinstance(table, dict):
        raise ManifestError(f"{name}: permissions is a table, [permissions]")
    return tuple(_permission(id_, said, name) for id_, said in table.items())


def _permission(id_: str, said: object, name: str) -> Permission:
    match said:
        case {"description": str(description), "access": str(access), **rest} if not rest:
            if description.strip() and access in set(Access):
                return Permission(id_, description, Access(access))
        case _:
            pass
    raise ManifestError(
        f'{name}: the permission {id_} is written "{id_}" = {{ description = "...", access = "..." }}, '
        f"access being one of {', '.join(Access)}"
    )
