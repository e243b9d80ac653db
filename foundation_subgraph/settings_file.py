"""Files of settings in the data folder: YAML, checked word by word, with secrets named by their place alone."""

from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ValidationError

from supergraph.spec import SETTINGS_FOLDER, Secret, UnreadableSecretError

_Read = TypeVar("_Read", bound=BaseModel)


class SettingsFileError(Exception):
    """Settings that cannot be used. The message is one line, says where and why, and holds nothing of a secret."""


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits, parts = False, urlsplit("")
    if not fits or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("an address is `https://host`, with a path or without, and nothing behind it")
    return text


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""Where a browser or we ourselves go: `https://host`, with a path or without."""


def check_secret(secret: Secret | None) -> None:
    """Look whether a secret is where the settings say, so that a missing one is known at the start. Raises SettingsFileError."""
    try:
        if secret is not None:
            secret.read()
    except UnreadableSecretError as error:
        raise SettingsFileError(f"a secret is missing: {error}") from error


def read_settings_file(path: Path, kind: type[_Read]) -> _Read | None:
    """What stands in a file; None where there is no such file. Raises SettingsFileError."""
    try:
        written = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsFileError(f"{path} cannot be read") from error
    try:
        return kind.model_validate(yaml.safe_load(written), context={SETTINGS_FOLDER: path.parent})
    except yaml.YAMLError as error:
        raise SettingsFileError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(str(part) for part in one['loc']) or 'the file'}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        )
        raise SettingsFileError(f"{path}: {told}") from error
