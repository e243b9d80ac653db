"""What every generated model is; copied beside the generated code."""

from typing import Final

from pydantic import BaseModel as PydanticModel
from pydantic import ConfigDict


class UnsetType:
    """A variable that is not sent, which is not the same as null."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = UnsetType()


class BaseModel(PydanticModel):
    """Answers do not change once read, and a field that a newer server adds is no error."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore", protected_namespaces=())
