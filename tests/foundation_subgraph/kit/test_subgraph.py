from uuid import UUID

import pytest
import strawberry
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import (
    Access,
    Base,
    Permission,
    Subgraph,
    SubgraphError,
    TenantScoped,
    field,
    public,
)
from foundation_subgraph.kit.subgraph import DemoTenant


@strawberry.type
class Query:
    @field(public)
    def one(self) -> int:
        return 1


class NotesTable(Base, schema="notes"):
    __abstract__ = True


class NoteRow(TenantScoped, NotesTable):
    __tablename__ = "notes"
    id: Mapped[UUID] = mapped_column(primary_key=True)


class LooseTable(Base, schema="loose"):
    __abstract__ = True


class LooseRow(LooseTable):
    __tablename__ = "loose_ends"
    id: Mapped[UUID] = mapped_column(primary_key=True)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Loyalty",
        "9lives",
        "two words",
        "semi;colon",
        'quo"te',
        "x" * 41,
        "public",
        "pg_notes",
        "information_schema",
    ],
)
def test_a_name_that_could_not_be_a_database_schema_is_an_error(name: str) -> None:
    with pytest.raises(SubgraphError, match="no name for a subgraph"):
        Subgraph(name, title="", query=Query)


@pytest.mark.parametrize("id_", ["read", "Notes:read", "notes: read", "notes:", ":read", "notes:read write"])
def test_an_id_that_could_not_stand_in_a_token_is_an_error(id_: str) -> None:
    with pytest.raises(SubgraphError, match="no id of a permission"):
        Subgraph("notes", title="Notes", query=Query, permissions=[Permission(id_, "", Access.READ)])


def test_a_permission_declared_twice_is_an_error() -> None:
    twice = [Permission("notes:read", "", Access.READ), Permission("notes:read", "", Access.WRITE)]
    with pytest.raises(SubgraphError, match="declared twice"):
        Subgraph("notes", title="Notes", query=Query, permissions=twice)


def test_a_table_without_a_tenant_is_an_error() -> None:
    with pytest.raises(SubgraphError, match="loose_ends is not TenantScoped"):
        Subgraph("loose", title="Loose", query=Query, tables=LooseTable.metadata)
    assert (
        Subgraph("notes", title="Notes", query=Query, tables=NotesTable.metadata).tables
        is NotesTable.metadata
    )


def test_tables_in_another_subgraphs_schema_are_an_error() -> None:
    with pytest.raises(SubgraphError, match="not in the schema diary"):
        Subgraph("diary", title="Diary", query=Query, tables=NotesTable.metadata)


def test_the_primary_key_of_a_tenants_table_begins_with_the_tenant() -> None:
    assert [column.name for column in NoteRow.__table__.primary_key] == ["tenant_id", "id"]


def test_a_demo_id_is_the_same_for_everybody_who_asks_and_differs_by_tenant() -> None:
    acme, globex = (DemoTenant(UUID(int=number), slug, {}) for number, slug in enumerate(("acme", "globex")))
    assert acme.demo_id("Customer", 1) == acme.demo_id("Customer", 1)
    assert len({acme.demo_id("Customer", 1), acme.demo_id("Customer", 2), globex.demo_id("Customer", 1)}) == 3
