"""A file of permissions: what scopes may be asked for at all."""

from pathlib import Path

import yaml

from supergraph.cli.failure import CommandError, describe_unreadable


def read_permission_list(path: Path) -> frozenset[str]:
    """A list of ids, or of mappings that have an `id`, as `schema/sdl/permissions.json` has. Raises CommandError."""
    try:
        listed: object = yaml.safe_load(path.read_text(encoding="utf-8"))  # JSON is YAML
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {describe_unreadable(error)}") from error
    except yaml.YAMLError as error:
        raise CommandError(f"{path}: neither JSON nor YAML: {' '.join(str(error).split())}") from error
    if not isinstance(listed, list):
        raise CommandError(f"{path}: a list is wanted, of ids or of mappings that have an `id`")
    return frozenset(_id(each, place, path) for place, each in enumerate(listed, start=1))


def _id(entry: object, place: int, path: Path) -> str:
    match entry:
        case str(identifier) | {"id": str(identifier)} if identifier:
            return identifier
        case _:
            raise CommandError(f"{path}: entry {place} is neither an id nor a mapping that has an `id`")
