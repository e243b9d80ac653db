"""References to types, as fields and arguments write them: `[User!]!`. Spec: Type References."""

from dataclasses import dataclass
from functools import lru_cache

from supergraph.spec.names import TypeName


@dataclass(frozen=True, slots=True)
class Named:
    name: TypeName

    @property
    def named(self) -> TypeName:
        """The type at the core, whatever lists and non-nulls stand around it."""
        return self.name

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ListOf:
    of: "TypeReference"

    @property
    def named(self) -> TypeName:
        return self.of.named

    def __str__(self) -> str:
        return f"[{self.of}]"


@dataclass(frozen=True, slots=True)
class NonNull:
    of: Named | ListOf

    @property
    def named(self) -> TypeName:
        return self.of.named

    def __str__(self) -> str:
        return f"{self.of}!"


TypeReference = Named | ListOf | NonNull


@lru_cache(maxsize=65_536)
def read_type_reference(text: str) -> TypeReference:
    """Read `[User!]!`. Equal texts give the same object. Raises ValueError on anything else."""
    text = text.strip()
    if text.endswith("!"):
        inner = read_type_reference(text[:-1])
        if isinstance(inner, NonNull):
            raise ValueError(f"{text!r} is not a type reference: `!!`")
        return NonNull(inner)
    if text.startswith("["):
        if not text.endswith("]"):
            raise ValueError(f"{text!r} is not a type reference: `[` without `]`")
        return ListOf(read_type_reference(text[1:-1]))
    if not text.isidentifier() or not text.isascii():
        raise ValueError(f"{text!r} is not a type reference")
    return Named(TypeName(text))
