import pytest

from supergraph.spec import (
    EnumType,
    FieldName,
    InputField,
    InputObjectType,
    Literal,
    TypeName,
    read_type_reference,
)
from supergraph.spec.default_values import coerce_default


def a_field(name: str, type_text: str, default: str | None = None) -> InputField:
    literal = None if default is None else Literal(default)
    return InputField(name=FieldName(name), type=read_type_reference(type_text), default=literal)


FIELDS = [a_field("x", "Int", "7"), a_field("y", "E"), a_field("w", "[ID!]", "4"), a_field("self", "In")]
TYPES = {
    TypeName("E"): EnumType(name=TypeName("E")),
    TypeName("In"): InputObjectType(name=TypeName("In"), fields={field.name: field for field in FIELDS}),
    TypeName("Loop"): InputObjectType(
        name=TypeName("Loop"), fields={FieldName("loop"): a_field("loop", "Loop", "{}")}
    ),
}


@pytest.mark.parametrize(
    ("expected", "written", "seen"),
    [
        ("[Int!]", "3", "[3]"),
        ("[[Int]]", "1", "[[1]]"),
        ("[[Int]]", "[1, [2]]", "[[1], [2]]"),
        ("[Int]", "null", "null"),
        ("[E!]!", '"A"', "[A]"),
        ("ID", '"1"', "1"),
        ("ID", '"01"', '"01"'),
        ("Float", "1.0", "1"),
        ("Float", "1.50", "1.5"),
        ("Float", "1e-7", "1e-7"),
        ("In", "{}", "{w: [4], x: 7}"),
        ("In", '{self: {y: "A"}, x: 1}', "{self: {w: [4], x: 7, y: A}, w: [4], x: 1}"),
        ("Loop", "{}", "{loop: {}}"),
        ("Custom", "{b: 1, a: [2]}", "{b: 1, a: [2]}"),
    ],
)
def test_a_default_is_written_in_full(expected: str, written: str, seen: str) -> None:
    assert coerce_default(Literal(written), read_type_reference(expected), TYPES) == seen
