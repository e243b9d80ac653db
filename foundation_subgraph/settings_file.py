"""Files of settings in the data folder: YAML, checked word by word, with secrets named by their place alone."""

import os
from pathlib import Path
from typing import Annotated, Final, Self, TypeVar
from urllib.parse import urlsplit

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

_FOLDER: Final = "folder"

_Read = TypeVar("_Read", bound=BaseModel)


class SettingsFileError(Exception):
    """Settings that cannot be used. The message is one line, says where and why, and holds nothing of a secret."""


class Section(BaseModel):
    """A part of a file. A key that it does not know is an error, never passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get(_FOLDER)
    return path if folder is None else folder / path


SettingsPath = Annotated[Path, AfterValidator(_beside_the_file)]
"""A path; a relative one starts from the folder of the file."""


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


class Secret(Section):
    """A secret, by the place where it is kept. It is read each time, so it can be replaced while we serve."""

    env: str | None = Field(default=None, min_length=1, description="The environment variable that holds it.")
    file: SettingsPath | None = Field(
        default=None, description="The file that holds it; spaces and line breaks around it do not count."
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_the_secret_itself(cls, given: object) -> object:
        if isinstance(given, str):
            raise ValueError(  # noqa: TRY004 - pydantic makes an error of a ValueError
                "a secret does not stand in the settings: say where it is kept, as `env: NAME` or `file: PATH`"
            )
        return given

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret has one place: `env` or `file`")
        return self

    def read(self) -> str:
        """The secret as it is now. Raises SettingsFileError."""
        if self.file is None:
            place, secret = f"the environment variable {self.env}", os.environ.get(self.env or "", "")
        else:
            place = f"the file {self.file}"
            try:
                secret = self.file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsFileError(f"a secret cannot be read from {place}") from error
        if not secret:
            raise SettingsFileError(f"a secret is missing: {place} is not set, or is empty")
        return secret


def read_settings_file(path: Path, kind: type[_Read]) -> _Read | None:
    """What stands in a file; None where there is no such file. Raises SettingsFileError."""
    try:
        written = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsFileError(f"{path} cannot be read") from error
    try:
        return kind.model_validate(yaml.safe_load(written), context={_FOLDER: path.parent})
    except yaml.YAMLError as error:
        raise SettingsFileError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(str(part) for part in one['loc']) or 'the file'}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        )
        raise SettingsFileError(f"{path}: {told}") from error
