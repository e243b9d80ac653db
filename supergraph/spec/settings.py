"""What every section of settings is, and the kinds of values that need care: of a gateway's, and of a house's.

Loaded when it is asked for: pydantic takes longer to load than all other words together.
"""

import os
from pathlib import Path
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

SETTINGS_FOLDER: Final = "folder"
"""The key of the validation context that says where the settings' file stands."""


class SettingsSection(BaseModel):
    """One section. A key that it does not know is an error, never passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get(SETTINGS_FOLDER)
    return path if folder is None else folder / path


SettingsPath = Annotated[Path, AfterValidator(_beside_the_file)]
"""A path; a relative one starts from the folder of the file it stands in, without a file from the working directory."""


class UnreadableSecretError(ValueError):
    """A secret is not where the settings say. The message is one line, and holds nothing of a secret."""


class Secret(SettingsSection):
    """A secret, by the place where it is kept; the secret itself never stands in the settings."""

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
    def _has_one_place(self) -> "Secret":
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret has one place: `env` or `file`")
        return self

    def read(self) -> str:
        """The secret as it is now. Raises UnreadableSecretError."""
        if self.env is not None:
            secret = os.environ.get(self.env, "")
            place = f"the environment variable {self.env}"
        else:
            assert self.file is not None, "a secret has one place"
            place = f"the file {self.file}"
            try:
                secret = self.file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise UnreadableSecretError(f"{place} cannot be read") from error
        if not secret:
            raise UnreadableSecretError(f"{place} is not set, or is empty")
        return secret
