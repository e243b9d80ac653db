"""Blueprint: what module is wanted, whole and free of contradictions; every name that its files need."""

from dataclasses import dataclass

from codegen.modules.field_kinds import Field
from codegen.modules.words import camel, pascal, snake, spoken


@dataclass(frozen=True, slots=True)
class ExtendedEntity:
    """An entity of somebody else that the main entity belongs to. `owner` is a module's id, or `foundation`."""

    name: str
    owner: str

    @property
    def snake(self) -> str:
        return snake(self.name)

    @property
    def column(self) -> str:
        return f"{self.snake}_id"

    @property
    def is_tenant(self) -> bool:
        """Every row belongs to its tenant already: there is no second column for it, and nobody sends it."""
        return self.name == "Tenant"


@dataclass(frozen=True, slots=True)
class Blueprint:
    """`package` is the package of all modules, `plural` the entity's in snake case."""

    package: str
    id: str
    title: str
    owner: str
    entity: str
    plural: str
    fields: tuple[Field, ...]
    extends: tuple[ExtendedEntity, ...]

    @property
    def one(self) -> str:
        """The entity in snake case, as in `add_<one>`."""
        return snake(self.entity)

    @property
    def said(self) -> str:
        """The entity as people say it."""
        return spoken(self.one)

    @property
    def said_plural(self) -> str:
        return spoken(self.plural)

    @property
    def many(self) -> str:
        """The entity's plural as a type's name, as in `Latest<many>`."""
        return pascal(self.plural)

    @property
    def module(self) -> str:
        return f"{self.package}.{self.id}"

    @property
    def read(self) -> str:
        """The constant of the permission to see."""
        return f"{self.id.upper()}_READ"

    @property
    def write(self) -> str:
        return f"{self.id.upper()}_WRITE"

    @property
    def not_found(self) -> str:
        """The code of the refusal."""
        return f"{self.one.upper()}_NOT_FOUND"

    @property
    def table_base(self) -> str:
        return f"{pascal(self.id)}Table"

    @property
    def row(self) -> str:
        return f"{self.entity}Row"

    @property
    def order(self) -> tuple[str, ...]:
        """The columns that lists go by: a name if there is one, else when it was made; then the id."""
        named = next(
            (field.name for field in self.fields if field.kind.word == "str" and field.is_required), None
        )
        return (named or "created_at", "id")

    @property
    def sent(self) -> tuple[ExtendedEntity, ...]:
        """The entities whose ids are sent with a new one."""
        return tuple(each for each in self.extends if not each.is_tenant)

    @property
    def depends_on(self) -> tuple[str, ...]:
        return tuple(sorted({each.owner for each in self.extends} - {"foundation"}))

    def enum(self, field: Field) -> str:
        """The name of the type of an enum's field."""
        return f"{self.entity}{pascal(field.name)}"

    def type_names(self) -> tuple[str, ...]:
        """The types that the module brings into the graph."""
        return (
            self.entity,
            f"{self.entity}Connection",
            f"{self.entity}Edge",
            f"{self.entity}Input",
            f"Removed{self.entity}",
            f"Add{self.entity}Result",
            f"Change{self.entity}Result",
            f"Remove{self.entity}Result",
            *(self.enum(field) for field in self.fields if field.is_enum),
        )

    def root_fields(self) -> tuple[tuple[str, str], ...]:
        """Type and field, of what the module adds to the roots."""
        return (
            ("Query", camel(self.plural)),
            ("Query", camel(self.one)),
            *(("Mutation", camel(f"{verb}_{self.one}")) for verb in ("add", "change", "remove")),
        )
