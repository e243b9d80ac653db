"""A module's tables, and the migration that makes them."""

from codegen.modules.blueprint import Blueprint
from codegen.modules.field_kinds import Field
from codegen.modules.templates.python_source import Imports, indented, python_file


def tables(wanted: Blueprint) -> str:
    imports = Imports(wanted.package)
    imports.take("datetime", "datetime")
    imports.take("uuid", "UUID", "uuid4")
    imports.take("sqlalchemy", "func")
    imports.take("sqlalchemy.orm", "Mapped", "mapped_column")
    imports.take("foundation_subgraph.kit", "Base", "TenantScoped")
    for field in wanted.fields:
        for module, name in field.kind.imports:
            imports.take(module, name)
    columns = [
        "id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)",
        *(f"{field.name}: Mapped[{_kept(field)}]" for field in wanted.fields),
        *(f"{each.column}: Mapped[UUID]" for each in wanted.sent),
        "created_at: Mapped[datetime] = mapped_column(server_default=func.now())",
    ]
    return python_file(
        None,
        imports,
        f"""
class {wanted.table_base}(Base, schema="{wanted.id}"):
    __abstract__ = True
""",
        f"""
class {wanted.row}(TenantScoped, {wanted.table_base}):
    __tablename__ = "{wanted.plural}"

    {indented(columns, 1)}
""",
    )


def migration(wanted: Blueprint) -> str:
    imports = Imports(wanted.package)
    imports.take_module("sqlalchemy as sa")
    imports.take("alembic", "op")
    imports.take("foundation_subgraph.kit.migrations", "create_tenant_table")
    items = [
        'sa.Column("id", sa.Uuid(), primary_key=True)',
        *(_column(field) for field in wanted.fields),
        *(f'sa.Column("{each.column}", sa.Uuid(), nullable=False)' for each in wanted.sent),
        'sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())',
        *(_check(wanted, field) for field in wanted.fields if field.is_enum),
    ]
    newest = [f'["tenant_id", "{column}", "created_at"]' for column in (each.column for each in wanted.sent)]
    first, *_ = wanted.order
    orders = [f'["tenant_id", "{first}", "id"]', *newest]
    if any(each.is_tenant for each in wanted.extends) and first != "created_at":
        orders.append('["tenant_id", "created_at", "id"]')
    names = [first, *(each.column for each in wanted.sent), "created_at"]
    indexes = [
        f'op.create_index("ix_{wanted.plural}_{name}", "{wanted.plural}", {columns}, schema="{wanted.id}")'
        for name, columns in zip(names, orders, strict=False)
    ]
    head = python_file(f"{wanted.said_plural.capitalize()}.", imports)
    return f"""{head}
revision = "0001"
down_revision = None


def upgrade() -> None:
    create_tenant_table(
        "{wanted.plural}",
        {indented([f"{item}," for item in items], 2)}
        schema="{wanted.id}",
    )
    {indented(indexes, 1)}
"""


def _kept(field: Field) -> str:
    return field.kind.python + ("" if field.is_required else " | None")


def _column(field: Field) -> str:
    null = ", nullable=False" if field.is_required else ""
    return f'sa.Column("{field.name}", {field.kind.column}{null})'


def _check(wanted: Blueprint, field: Field) -> str:
    among = ", ".join(f"'{value.lower()}'" for value in field.values)
    return f'sa.CheckConstraint("{field.name} IN ({among})", name="ck_{wanted.plural}_{field.name}")'
