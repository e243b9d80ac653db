"""Constant values as documents write them, and their canonical print. Spec: Input Values."""

import json
from dataclasses import dataclass

from supergraph.spec.supergraph import Literal


@dataclass(frozen=True, slots=True)
class NumberValue:
    """An integer or a float, as written: `1`, `-2.5e3`."""

    text: str

    @property
    def is_integer(self) -> bool:
        return self.text.lstrip("-").isdigit()


@dataclass(frozen=True, slots=True)
class StringValue:
    """A string after its escapes; block strings print as ordinary ones."""

    value: str


@dataclass(frozen=True, slots=True)
class NameValue:
    """`true`, `false`, `null` or an enum value."""

    name: str


@dataclass(frozen=True, slots=True)
class VariableValue:
    name: str


@dataclass(frozen=True, slots=True)
class ListValue:
    values: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class ObjectValue:
    fields: tuple[tuple[str, "Value"], ...]


Value = NumberValue | StringValue | NameValue | VariableValue | ListValue | ObjectValue

TRUE = NameValue("true")
FALSE = NameValue("false")
NULL = NameValue("null")


def print_value(value: Value) -> Literal:
    """The canonical text; equal values give equal texts, and objects keep the order of their fields."""
    match value:
        case NumberValue(text):
            return Literal(text)
        case StringValue(text):
            return Literal(json.dumps(text, ensure_ascii=False))
        case NameValue(name):
            return Literal(name)
        case VariableValue(name):
            return Literal(f"${name}")
        case ListValue(values):
            return Literal(f"[{', '.join(map(print_value, values))}]")
        case ObjectValue(fields):
            return Literal(f"{{{', '.join(f'{name}: {print_value(inner)}' for name, inner in fields)}}}")
