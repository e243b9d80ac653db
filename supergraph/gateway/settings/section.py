"""What every section of the settings is: frozen, and strict about its keys."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """One section. A key that it does not know is an error, never passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)
