"""The types that `--fields` knows: what each is in Python, in a table, in the graph and in a test."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FieldKind:
    """`python` is the value in the service and in the graph's types, `column` a column's type in a migration.

    `imports` are `(module, name)` that `python` needs. `sample` and `changed` are two values of the kind, as a test
    writes them in Python; `sent` and `sent_changed` the same as JSON variables of a request, `shown` as the graph answers them.
    """

    word: str
    python: str
    column: str
    scalar: str
    sample: str
    sent: str
    changed: str
    sent_changed: str
    imports: tuple[tuple[str, str], ...] = ()


_ID: Final = "00000000-0000-4000-8000-0000000000"

KINDS: Final = {
    kind.word: kind
    for kind in (
        FieldKind("str", "str", "sa.Text()", "String", '"Spring"', '"Spring"', '"Autumn"', '"Autumn"'),
        FieldKind("int", "int", "sa.Integer()", "Int", "7", "7", "8", "8"),
        FieldKind("float", "float", "sa.Double()", "Float", "2.5", "2.5", "3.5", "3.5"),
        FieldKind("bool", "bool", "sa.Boolean()", "Boolean", "True", "True", "False", "False"),
        FieldKind(
            "date",
            "date",
            "sa.Date()",
            "Date",
            "date(2026, 3, 1)",
            '"2026-03-01"',
            "date(2026, 4, 1)",
            '"2026-04-01"',
            (("datetime", "date"),),
        ),
        FieldKind(
            "datetime",
            "datetime",
            "sa.DateTime(timezone=True)",
            "DateTime",
            "datetime(2026, 3, 1, 9, tzinfo=UTC)",
            '"2026-03-01T09:00:00+00:00"',
            "datetime(2026, 4, 1, 9, tzinfo=UTC)",
            '"2026-04-01T09:00:00+00:00"',
            (("datetime", "datetime"),),
        ),
        FieldKind(
            "decimal",
            "Decimal",
            "sa.Numeric()",
            "Decimal",
            'Decimal("12.50")',
            '"12.50"',
            'Decimal("9.95")',
            '"9.95"',
            (("decimal", "Decimal"),),
        ),
        FieldKind(
            "id",
            "UUID",
            "sa.Uuid()",
            "ID",
            f'UUID("{_ID}11")',
            f'"{_ID}11"',
            f'UUID("{_ID}12")',
            f'"{_ID}12"',
            (("uuid", "UUID"),),
        ),
    )
}

ENUM: Final = "enum"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the main entity, by its name in Python. `values` are those of an enum, in capitals; else empty."""

    name: str
    kind: FieldKind
    is_required: bool
    values: tuple[str, ...] = ()

    @property
    def is_enum(self) -> bool:
        return bool(self.values)
