"""E2: whatever one tenant does and asks, through the graph or in raw SQL, is answered as if nobody else were there."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit.roles import APPLICATION_ROLE, FOUNDATION_ROLE
from foundation_subgraph.kit.testing import ACME, GLOBEX
from module_subgraphs import customers, loyalty
from tests.foundation_subgraph.kit.isolation.tenant_tables import TENANT_TABLES
from tests.foundation_subgraph.kit.isolation.worlds import PEOPLE, TENANTS, Difference, Worlds

tenants = st.sampled_from(TENANTS)
people = st.sampled_from([*PEOPLE.values(), UUID(int=7)])
addresses = st.sampled_from([f"p{number}@people.example" for number in range(6)])
names = st.sampled_from(["owner", "clerk", "buyers", "sellers", "nobody"])
ids = st.sampled_from([UUID(f"00000000-0000-4000-8000-00000000000{number}") for number in range(4)])
scopes = st.lists(
    st.sampled_from(["customers:read", "loyalty:award", "users:read", "no:such"]), max_size=2, unique=True
)
tables = st.sampled_from(TENANT_TABLES)
roles = st.sampled_from([APPLICATION_ROLE, FOUNDATION_ROLE])
windows = st.fixed_dictionaries({}, optional={"first": st.integers(1, 3)})

INVITE = """mutation ($email: String!, $roles: [String!]!) { inviteUser(email: $email, name: "N", roles: $roles) {
  __typename ... on Problem { code message } ... on NewInvitation { token invitation { email roles } } } }"""
WITHDRAW = """mutation ($email: String!) { withdrawInvitation(email: $email) {
  __typename ... on Problem { code message } ... on Invitation { email } } }"""
ROLE = """mutation ($user: ID!, $role: String!) { ACTION(userId: $user, role: $role) {
  __typename ... on Problem { code message } ... on User { id roles { name } } } }"""
REMOVE = "mutation ($user: ID!) { removeUser(userId: $user) { __typename ... on Problem { code message } } }"
CREATE_ROLE = """mutation ($name: String!, $permissions: [ID!], $parents: [String!]) {
  createRole(name: $name, permissions: $permissions, parents: $parents) {
    __typename ... on Problem { code message } ... on Role { name permissions { id } } } }"""
DELETE_ROLE = (
    "mutation ($name: String!) { deleteRole(name: $name) { __typename ... on Problem { code message } } }"
)
READ_ALL = """query ($user: ID!, $first: Int) {
  me { id name roles { name } } tenant { id slug name }
  users(first: $first) { edges { cursor node { id email name roles { name permissions { id } } } } pageInfo { hasNextPage endCursor } }
  invitations(first: $first) { edges { cursor node { email name roles } } pageInfo { hasNextPage } } roles { nodes { name permissions { id } } } permissions { nodes { id } }
  whyCan(userId: $user, permission: "customers:read") { allowed reasons { roles } }
  node(id: $user) { __typename id } auditLog(first: $first) { nodes { actor action target } pageInfo { hasNextPage } }
}"""
ENTITIES = """query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename SELECTED } }"""


def entities(kind: str, selected: str) -> str:
    return ENTITIES.replace("SELECTED", f"... on {kind} {{ {selected} }}")


def cursor_beyond(name: str, id: UUID) -> str:  # noqa: A002 - its name in the graph
    """The place in the list of customers of one that may be anybody's."""
    return base64.urlsafe_b64encode(json.dumps([name, str(id)]).encode()).decode().rstrip("=")


class Tenants(RuleBasedStateMachine):
    """Two tenants who do what they like, each compared with itself alone. Names, addresses and ids are the same few."""

    worlds: Worlds

    def __init__(self) -> None:
        super().__init__()
        self.numbers = dict.fromkeys(TENANTS, 0)

    @initialize()
    def begin(self) -> None:
        self.worlds.begin()


class Reading(Tenants):
    @rule(tenant=tenants, user=people, window=windows)
    def read_everything(self, tenant: UUID, user: UUID, window: dict[str, int]) -> None:
        self.worlds.ask(tenant, foundation, READ_ALL, user=str(user), **window)


class Customers(Tenants):
    """What tenants do with customers and points."""

    @rule(tenant=tenants, name=st.sampled_from(["Ada", "Alan"]), email=st.none() | addresses)
    def add_customer(self, tenant: UUID, name: str, email: str | None) -> None:
        self.numbers[tenant] += 1  # since rows of one name come in the order of their random ids
        query = "mutation ($name: String!, $email: String) { addCustomer(name: $name, email: $email) { ... on Customer { name email } ... on Problem { code message } } }"
        self.worlds.ask(tenant, customers.subgraph, query, name=f"{name} {self.numbers[tenant]}", email=email)

    @rule(tenant=tenants, id=ids, first=st.integers(1, 3))
    def read_customers(self, tenant: UUID, id: UUID, first: int) -> None:  # noqa: A002 - its name in the graph
        query = """query ($id: ID!, $first: Int, $after: String) {
          all: customers(first: $first) { nodes { name email } pageInfo { hasNextPage } } customer(id: $id) { name }
          next: customers(after: $after) { nodes { name } } }"""
        after = cursor_beyond("Alan", id)
        self.worlds.ask(tenant, customers.subgraph, query, id=str(id), first=first, after=after)

    @rule(tenant=tenants, points=st.integers(0, 500), customer=ids)
    def award(self, tenant: UUID, points: int, customer: UUID) -> None:
        query = """mutation ($customer: ID!, $points: Int!) {
          awardPoints(customerId: $customer, points: $points, reason: "x") {
            ... on PointAward { points customer { points tier } } ... on Problem { code message } } }"""
        self.worlds.ask(tenant, loyalty.subgraph, query, customer=str(customer), points=points)

    @rule(tenant=tenants, id=ids, user=people)
    def find_entities(self, tenant: UUID, id: UUID, user: UUID) -> None:  # noqa: A002 - its name in the graph
        """B10 and E6: by the keys of anybody's."""
        customer = [{"__typename": "Customer", "id": str(id)}]
        person = [{"__typename": "User", "id": str(user)}]
        company = [{"__typename": "Tenant", "id": str(one)} for one in TENANTS]
        for subgraph, kind, selected, keys in (
            (customers.subgraph, "Customer", "id name email", customer),
            (loyalty.subgraph, "Customer", "points tier pointAwards { nodes { points reason } }", customer),
            (loyalty.subgraph, "User", "pointsAwarded", person),
            (foundation, "User", "id email name roles { name }", person),
            (foundation, "Tenant", "id slug name status", company),
        ):
            self.worlds.ask(tenant, subgraph, entities(kind, selected), representations=keys)

    @rule(tenant=tenants, id=ids, whose=tenants, upsert=st.booleans())
    def insert_in_sql(self, tenant: UUID, id: UUID, whose: UUID, upsert: bool) -> None:  # noqa: A002 - its name in the table
        """The same ids in both tenants: a clash, and the update that a clash may become, know one's own alone."""
        clash = " ON CONFLICT (tenant_id, id) DO UPDATE SET name = 'twice' RETURNING name" if upsert else ""
        statement = (
            f"INSERT INTO customers.customers (tenant_id, id, name) VALUES (:whose, :id, :name){clash}"
        )
        self.numbers[tenant] += 1
        self.worlds.sql(
            tenant, APPLICATION_ROLE, statement, whose=whose, id=id, name=f"S{self.numbers[tenant]}"
        )

    @rule(tenant=tenants, id=ids, whose=tenants)
    def change_in_sql(self, tenant: UUID, id: UUID, whose: UUID) -> None:  # noqa: A002 - its name in the table
        for statement in (
            "UPDATE customers.customers SET city = 'x' WHERE id = :id RETURNING name",
            "UPDATE customers.customers SET tenant_id = :whose WHERE id = :id",
            "DELETE FROM customers.customers WHERE id = :id AND tenant_id = :whose RETURNING name",
            "SELECT name FROM customers.customers WHERE id = :id FOR UPDATE",
        ):
            values = {
                name: value for name, value in (("id", id), ("whose", whose)) if f":{name}" in statement
            }
            self.worlds.sql(tenant, APPLICATION_ROLE, statement, **values)


class People(Reading):
    """What tenants do with people."""

    @rule(tenant=tenants, email=addresses, name=names)
    def invite(self, tenant: UUID, email: str, name: str) -> None:
        self.worlds.ask(tenant, foundation, INVITE, email=email, roles=[name])

    @rule(tenant=tenants, email=addresses)
    def withdraw(self, tenant: UUID, email: str) -> None:
        self.worlds.ask(tenant, foundation, WITHDRAW, email=email)

    @rule(tenant=tenants, user=people)
    def remove(self, tenant: UUID, user: UUID) -> None:
        self.worlds.ask(tenant, foundation, REMOVE, user=str(user))

    @rule(
        tenant=tenants,
        search=st.sampled_from(["p", "Person", "person 4", "%", "people.example"]),
        role=st.none() | names,
    )
    def search_people(self, tenant: UUID, search: str, role: str | None) -> None:
        query = "query ($filter: UserFilter) { users(filter: $filter) { nodes { email } pageInfo { hasNextPage } } }"
        self.worlds.ask(tenant, foundation, query, filter={"search": search, "role": role})


class Roles(Reading):
    """What tenants do with roles, and what they find in any table."""

    @rule(tenant=tenants, name=names, permissions=scopes, parents=st.lists(names, max_size=1))
    def create_role(self, tenant: UUID, name: str, permissions: list[str], parents: list[str]) -> None:
        self.worlds.ask(tenant, foundation, CREATE_ROLE, name=name, permissions=permissions, parents=parents)

    @rule(tenant=tenants, name=names)
    def delete_role(self, tenant: UUID, name: str) -> None:
        self.worlds.ask(tenant, foundation, DELETE_ROLE, name=name)

    @rule(tenant=tenants, user=people, name=names, action=st.sampled_from(["grantRole", "revokeRole"]))
    def change_roles(self, tenant: UUID, user: UUID, name: str, action: str) -> None:
        self.worlds.ask(tenant, foundation, ROLE.replace("ACTION", action), user=str(user), role=name)

    @rule(tenant=tenants, user=people, name=names)
    def break_foreign_keys_in_sql(self, tenant: UUID, user: UUID, name: str) -> None:
        """Foreign keys are checked past every policy: what they say is about one's own rows all the same."""
        statement = "INSERT INTO foundation.role_assignments (user_id, role) VALUES (:user, :name)"
        self.worlds.sql(tenant, FOUNDATION_ROLE, statement, user=user, name=name)
        self.worlds.sql(tenant, FOUNDATION_ROLE, "DELETE FROM foundation.roles WHERE name = :name", name=name)

    @rule(tenant=tenants, table=tables, role=roles, whose=st.none() | tenants)
    def read_in_sql(self, tenant: UUID, table: Any, role: str, whose: UUID | None) -> None:
        only = "" if whose is None else f" WHERE tenant_id = '{whose}'"
        self.worlds.sql(
            tenant,
            role,
            f"SELECT count(*), min(tenant_id::text), max(tenant_id::text) FROM {table.full_name}{only}",
        )


MACHINES = (Customers, People, Roles)


@contextmanager
def over_worlds(machine: type[Tenants], *alterations: str) -> Iterator[type[Tenants]]:
    opened = Worlds(*alterations)
    try:
        yield type(machine.__name__, (machine,), {"worlds": opened})
    finally:
        opened.close()


def bounds(examples: int, steps: int, **more: Any) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


@pytest.mark.parametrize("machine", MACHINES)
def test_no_tenant_is_answered_otherwise_than_if_it_were_alone(machine: type[Tenants]) -> None:
    with over_worlds(machine) as tried:
        run_state_machine_as_test(tried, settings=bounds(5, 10))


@pytest.mark.sweep
@pytest.mark.parametrize("machine", MACHINES)
def test_no_tenant_is_answered_otherwise_than_if_it_were_alone_however_long(machine: type[Tenants]) -> None:
    with over_worlds(machine) as tried:
        run_state_machine_as_test(tried, settings=bounds(200, 50))


LEAKS: dict[str, tuple[type[Tenants], tuple[str, ...]]] = {
    "rows are seen": (Customers, ("ALTER TABLE customers.customers DISABLE ROW LEVEL SECURITY",)),
    "members are seen": (
        People,
        ("ALTER POLICY members_of_the_tenant ON foundation.users USING (true)",),
    ),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_is_noticed(leak: str) -> None:
    """The protection taken away, and the machines above find it within a few runs."""
    machine, alterations = LEAKS[leak]
    with over_worlds(machine, *alterations) as tried, pytest.raises(Difference):
        run_state_machine_as_test(
            tried,
            settings=bounds(60, 12, phases=(Phase.generate,), derandomize=True, report_multiple_bugs=False),
        )


def test_a_row_written_for_another_tenant_is_noticed() -> None:
    opened = Worlds("ALTER POLICY tenant_isolation ON customers.customers WITH CHECK (true)")
    statement = (
        "INSERT INTO customers.customers (tenant_id, id, name) VALUES (:whose, gen_random_uuid(), 'Eve')"
    )
    try:
        opened.begin()
        opened.sql(GLOBEX, APPLICATION_ROLE, statement, whose=ACME)
        with pytest.raises(Difference):
            opened.ask(ACME, customers.subgraph, "{ customers { nodes { name } } }")
    finally:
        opened.close()


def test_a_key_that_is_unique_among_all_tenants_is_noticed() -> None:
    opened = Worlds("CREATE UNIQUE INDEX told ON customers.customers (name)")
    try:
        opened.begin()
        opened.ask(ACME, customers.subgraph, 'mutation { addCustomer(name: "Ada") { __typename } }')
        with pytest.raises(Difference):
            opened.ask(GLOBEX, customers.subgraph, 'mutation { addCustomer(name: "Ada") { __typename } }')
    finally:
        opened.close()


def test_a_foreign_key_without_the_tenant_is_noticed() -> None:
    opened = Worlds(
        "ALTER TABLE foundation.role_assignments DROP CONSTRAINT fk_role_assignments_user_id_memberships",
        "ALTER TABLE foundation.role_assignments ADD FOREIGN KEY (user_id) REFERENCES foundation.users (id)",
    )
    statement = "INSERT INTO foundation.role_assignments (user_id, role) VALUES (:user, 'clerk')"
    try:
        opened.begin()
        with pytest.raises(Difference):
            opened.sql(ACME, FOUNDATION_ROLE, statement, user=PEOPLE[4])
    finally:
        opened.close()


def test_both_tenants_do_something() -> None:
    """The worlds are not compared in their emptiness alone: each tenant finds what it wrote, and what both have alike."""
    opened = Worlds()
    try:
        opened.begin()
        for tenant in TENANTS:
            opened.ask(tenant, customers.subgraph, 'mutation { addCustomer(name: "Ada") { __typename } }')
        answers = [
            opened.ask(tenant, customers.subgraph, "{ customers { nodes { name } } }")
            for tenant in (ACME, GLOBEX)
        ]
        assert answers == [{"data": {"customers": {"nodes": [{"name": "Ada"}]}}}] * 2
    finally:
        opened.close()
