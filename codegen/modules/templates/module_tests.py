"""The tests that a module begins with: statements about what was generated, to be widened by hand."""

from codegen.modules.blueprint import Blueprint
from codegen.modules.field_kinds import Field
from codegen.modules.templates.python_source import Imports, indented, python_file
from codegen.modules.words import camel

_TESTING = "foundation_subgraph.kit.testing"
_CUSTOMER = "00000000-0000-4000-8000-0000000000c1"
_ADD_SOME = "AddSome = Callable[[int], Awaitable[list[str]]]"


def conftest(wanted: Blueprint) -> str:
    imports = _imports(wanted, "ThrowAwayDatabase", "database_fixture", "principal")
    imports.take("collections.abc", "Awaitable", "Callable")
    imports.take_module("pytest")
    return f"""{python_file(None, imports)}{_addition(wanted)}

database = database_fixture(subgraph)


@pytest.fixture
def add_some(database: ThrowAwayDatabase) -> Callable[[int], Awaitable[list[str]]]:
    \"\"\"Adds so many {wanted.said_plural}, and gives their ids.\"\"\"

    async def add(count: int) -> list[str]:
        asking = principal("{wanted.id}:write")
        answers = [await database.execute(subgraph, ADD, asking, {{"sent": SENT}}) for _ in range(count)]
        return [answer["data"]["add{wanted.entity}"]["id"] for answer in answers]

    return add
"""


def sdl_tests(wanted: Blueprint) -> str:
    imports = Imports(wanted.package)
    imports.take("pathlib", "Path")
    imports.take("graphql", "parse", "validate")
    imports.take(wanted.module, "subgraph")
    fields = [f'"{camel(field.name)}: {_shown(wanted, field)}",' for field in wanted.fields]
    fields += [f'"{camel(each.snake)}: {each.name}",' for each in wanted.extends]
    extended = "".join(
        f"""

def test_{each.snake}_is_extended_by_its_key() -> None:
    assert 'type {each.name} @key(fields: "id") {{\\n  id: ID!\\n' in SDL
"""
        for each in wanted.extends
    )
    head = python_file(f"What {wanted.id} shows in the graph.", imports)
    return f"""{head}
SDL = subgraph.sdl()
OPERATIONS = Path(__file__).parents[1] / "operations"


def test_{wanted.one}_is_an_entity_found_by_its_id() -> None:
    parse(SDL)
    assert 'type {wanted.entity} @key(fields: "id") {{\\n  id: ID!\\n' in SDL

{extended}
def test_all_that_is_said_of_{_a(wanted)}_asks_for_the_permission_and_the_id_does_not() -> None:
    for field in (
        {indented([*fields, '"createdAt: DateTime",'], 2)}
    ):
        assert f'{{field}} @requiresScopes(scopes: [["{wanted.id}:read"]])' in SDL


def test_a_denial_costs_only_its_own_place() -> None:
    for line in SDL.splitlines():
        if "@requiresScopes" in line:
            assert "! @requiresScopes" not in line, line


def test_the_operations_for_clients_fit_the_graph() -> None:
    for file in OPERATIONS.glob("*.graphql"):
        assert validate(subgraph.schema.executable, parse(file.read_text())) == [], file.name
"""


def service_tests(wanted: Blueprint) -> str:
    one, many, entity = wanted.one, wanted.plural, wanted.entity
    imports = _imports(wanted, "ThrowAwayDatabase")
    imports.take("uuid", "UUID", "uuid4")
    imports.take_module("pytest")
    imports.take("foundation_subgraph.kit", "Refusal")
    imports.take(f"{wanted.module}.service", f"{entity}Values")
    imports.take(f"{wanted.module}.service", f"add_{one}", f"change_{one}", f"find_{many}", f"remove_{one}")
    imports.take(_TESTING, "principal")
    _take_sample_imports(wanted, imports)
    samples = [f"{field.name}={_sample(wanted, field, changed=False)}," for field in wanted.fields]
    changes = [f"{field.name}={_sample(wanted, field, changed=True)}," for field in wanted.fields]
    ids = [f'{each.column}=UUID("{_CUSTOMER}"),' for each in wanted.sent]
    samples += ids
    changes += ids
    told = [f"assert row.{field.name} == values.{field.name}" for field in wanted.fields]
    told += [f"assert row.{each.column} == values.{each.column}" for each in wanted.sent]
    refused = _refused(wanted)
    if refused:
        imports.take("dataclasses", "replace")
    used_head = python_file(f"What can be done with {wanted.said_plural}.", imports)
    if not any("UUID(" in line for line in (*samples, *changes)):
        used_head = used_head.replace("from uuid import UUID, uuid4", "from uuid import uuid4")
    return f"""{used_head}
VALUES = {entity}Values(
    {indented(samples, 1)}
)
OTHERS = {entity}Values(
    {indented(changes, 1)}
)
CLERK = principal("{wanted.id}:read", "{wanted.id}:write")
SENT = {{{_sent(wanted)}}}


@pytest.mark.parametrize("values", [VALUES, OTHERS])
async def test_{_a(wanted)}_is_added_as_it_was_said(database: ThrowAwayDatabase, values: {entity}Values) -> None:
    async with database.session() as session:
        id_ = (await add_{one}(session, values)).id
    async with database.session() as session:
        row = (await find_{many}(session, [id_, uuid4()]))[id_]
    {indented(told, 1)}


async def test_a_change_gives_all_values(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        id_ = (await add_{one}(session, VALUES)).id
    values = OTHERS
    async with database.session() as session:
        row = await change_{one}(session, id_, values)
    {indented(told, 1)}


async def test_what_is_removed_is_gone(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        id_ = (await add_{one}(session, VALUES)).id
        await remove_{one}(session, id_)
    async with database.session() as session:
        assert await find_{many}(session, [id_]) == {{}}


async def test_what_is_not_there_is_neither_changed_nor_removed(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        with pytest.raises(Refusal, match="no such"):
            await change_{one}(session, uuid4(), VALUES)
        with pytest.raises(Refusal, match="no such"):
            await remove_{one}(session, uuid4())
{refused}

PAGE = "query ($after: String) {{ {camel(many)}(first: 3, after: $after) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}"


async def test_pages_follow_each_other_without_gap_or_repeat(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        added = {{str((await add_{one}(session, VALUES)).id) for _ in range(7)}}
    seen: list[str] = []
    after, has_more = None, True
    for size in (3, 3, 1):
        assert has_more
        answer = await database.execute(subgraph, PAGE, CLERK, {{"after": after}})
        page = answer["data"]["{camel(many)}"]
        assert len(page["nodes"]) == size
        seen += [node["id"] for node in page["nodes"]]
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert not has_more
    assert set(seen) == added
    assert len(seen) == len(added)


ADD = \"\"\"mutation ($sent: {entity}Input!) {{
  add{entity}({camel(one)}: $sent) {{ __typename ... on {entity} {{ id }} ... on Problem {{ code }} }}
}}\"\"\"
CHANGE = \"\"\"mutation ($id: ID!, $sent: {entity}Input!) {{
  change{entity}(id: $id, {camel(one)}: $sent) {{ __typename ... on {entity} {{ id }} ... on Problem {{ code }} }}
}}\"\"\"
REMOVE = \"\"\"mutation ($id: ID!) {{
  remove{entity}(id: $id) {{ __typename ... on Removed{entity} {{ id }} ... on Problem {{ code }} }}
}}\"\"\"


async def test_through_the_graph_{_a(wanted)}_is_added_changed_found_and_removed(database: ThrowAwayDatabase) -> None:
    added = await database.execute(subgraph, ADD, CLERK, {{"sent": SENT}})
    {one} = {{"id": added["data"]["add{entity}"]["id"]}}
    changed = await database.execute(subgraph, CHANGE, CLERK, {{**{one}, "sent": SENT}})
    assert changed == {{"data": {{"change{entity}": {{"__typename": "{entity}", **{one}}}}}}}
    query = "query ($id: ID!) {{ {camel(one)}(id: $id) {{ id }} }}"
    assert await database.execute(subgraph, query, CLERK, {one}) == {{"data": {{"{camel(one)}": {one}}}}}
    removed = await database.execute(subgraph, REMOVE, CLERK, {one})
    assert removed == {{"data": {{"remove{entity}": {{"__typename": "Removed{entity}", **{one}}}}}}}
    assert await database.execute(subgraph, query, CLERK, {one}) == {{"data": {{"{camel(one)}": None}}}}


async def test_what_cannot_be_done_is_answered_as_a_problem(database: ThrowAwayDatabase) -> None:
    gone = await database.execute(subgraph, REMOVE, CLERK, {{"id": str(uuid4())}})
    assert gone == {{"data": {{"remove{entity}": {{"__typename": "NotFound", "code": "{wanted.not_found}"}}}}}}
    no_id = await database.execute(subgraph, CHANGE, CLERK, {{"id": "1", "sent": SENT}})
    assert no_id == {{"data": {{"change{entity}": {{"__typename": "InvalidInput", "code": "BAD_USER_INPUT"}}}}}}
"""


def references_tests(wanted: Blueprint) -> str:
    entity = wanted.entity
    imports = _imports(wanted, "ThrowAwayDatabase", "principal")
    imports.take("uuid", "uuid4")
    imports.take("collections.abc", "Awaitable", "Callable")
    if any(each.is_tenant for each in wanted.extends):
        imports.take(_TESTING, "ACME")
    head = python_file(
        f"Representations of {entity} become {wanted.said_plural}: all in one query, and in their order.",
        imports,
    )
    return f"""{head}
READER = principal("{wanted.id}:read")
{_ADD_SOME}

async def test_entities_come_in_the_order_of_their_representations(database: ThrowAwayDatabase, add_some: AddSome) -> None:
    first, second = await add_some(2)
    sent = [{{"__typename": "{entity}", "id": id_}} for id_ in (second, str(uuid4()), first, second)]
    answer = await database.entities(subgraph, sent, "... on {entity} {{ id createdAt }}", READER)
    found = [one and one["id"] for one in answer["data"]["_entities"]]
    assert found == [second, None, first, second]


async def test_a_thousand_representations_are_one_statement(database: ThrowAwayDatabase, add_some: AddSome) -> None:
    known = await add_some(1)
    sent = [{{"__typename": "{entity}", "id": id_}} for id_ in (*known, *(str(uuid4()) for _ in range(999)))]
    with database.statements() as seen:
        answer = await database.entities(subgraph, sent, "... on {entity} {{ createdAt }}", READER)
    assert len(seen) == 1
    assert len(answer["data"]["_entities"]) == 1000
{"".join(_extended_test(wanted, each.name, each.snake) for each in wanted.extends)}"""


def permissions_tests(wanted: Blueprint) -> str:
    one, many, entity = camel(wanted.one), camel(wanted.plural), wanted.entity
    nobody = "00000000-0000-4000-8000-000000000009"
    imports = _imports(wanted, "ThrowAwayDatabase", "principal")
    imports.take("typing", "Any")
    imports.take_module("pytest")
    imports.take("supergraph.spec", "ANONYMOUS")
    head = python_file(f"Who may do what with {wanted.said_plural}, asked of the subgraph itself.", imports)
    return f"""{head}
DENIED = {{"code": "UNAUTHORIZED_FIELD_OR_TYPE"}}
ADD = "mutation ($sent: {entity}Input!) {{ add{entity}({one}: $sent) {{ ... on {entity} {{ id createdAt }} }} }}"
SENT = {{{_sent(wanted)}}}


def denials(answer: dict[str, Any]) -> list[Any]:
    return [error["path"] for error in answer.get("errors", ()) if error["extensions"] == DENIED]


@pytest.mark.parametrize(
    ("query", "needed"),
    [
        ("{{ {many} {{ nodes {{ id }} }} }}", "{wanted.id}:read"),
        ('{{ {one}(id: "{nobody}") {{ id }} }}', "{wanted.id}:read"),
        ('mutation {{ remove{entity}(id: "{nobody}") {{ __typename }} }}', "{wanted.id}:write"),
    ],
)
async def test_each_field_asks_for_its_permission(database: ThrowAwayDatabase, query: str, needed: str) -> None:
    others = {{permission.id for permission in subgraph.permissions}} - {{needed}}
    assert denials(await database.execute(subgraph, query, principal(*others)))
    assert denials(await database.execute(subgraph, query, ANONYMOUS))
    assert "errors" not in await database.execute(subgraph, query, principal(needed))


async def test_who_may_write_but_not_read_adds_without_seeing(database: ThrowAwayDatabase) -> None:
    answer = await database.execute(subgraph, ADD, principal("{wanted.id}:write"), {{"sent": SENT}})
    assert answer["data"]["add{entity}"]["id"]
    assert answer["data"]["add{entity}"]["createdAt"] is None
    assert denials(answer) == [["add{entity}", "createdAt"]]


async def test_a_denied_field_asks_the_database_nothing(database: ThrowAwayDatabase) -> None:
    with database.statements() as seen:
        await database.execute(subgraph, "{{ {many} {{ nodes {{ id }} }} }}", principal())
        await database.execute(subgraph, ADD, principal("{wanted.id}:read"), {{"sent": SENT}})
    assert seen == []
"""


def isolation_tests(wanted: Blueprint) -> str:
    one, many, entity = camel(wanted.one), camel(wanted.plural), wanted.entity
    imports = _imports(wanted, "GLOBEX", "ThrowAwayDatabase", "principal")
    imports.take("collections.abc", "Awaitable", "Callable")
    imports.take("uuid", "UUID")
    imports.take_module("pytest")
    head = python_file("What one tenant writes is for no other to see, to change or to remove.", imports)
    return f"""{head}
BOTH = ("{wanted.id}:read", "{wanted.id}:write")
{_ADD_SOME}
{_addition(wanted)}


@pytest.mark.parametrize("tenant", [GLOBEX, None])
async def test_{wanted.plural}_of_another_tenant_are_not_there(
    database: ThrowAwayDatabase, add_some: AddSome, tenant: UUID | None
) -> None:
    [id_] = await add_some(1)
    elsewhere = principal(*BOTH, tenant=tenant)
    query = "query ($id: ID!) {{ {many} {{ nodes {{ id }} }} {one}(id: $id) {{ id }} }}"
    answer = await database.execute(subgraph, query, elsewhere, {{"id": id_}})
    assert answer == {{"data": {{"{many}": {{"nodes": []}}, "{one}": None}}}}
    sent = [{{"__typename": "{entity}", "id": id_}}]
    answer = await database.entities(subgraph, sent, "... on {entity} {{ createdAt }}", elsewhere)
    assert answer == {{"data": {{"_entities": [None]}}}}


async def test_{wanted.plural}_of_another_tenant_cannot_be_removed(database: ThrowAwayDatabase, add_some: AddSome) -> None:
    [id_] = await add_some(1)
    remove = "mutation ($id: ID!) {{ remove{entity}(id: $id) {{ __typename }} }}"
    answer = await database.execute(subgraph, remove, principal(*BOTH, tenant=GLOBEX), {{"id": id_}})
    assert answer == {{"data": {{"remove{entity}": {{"__typename": "NotFound"}}}}}}
    answer = await database.execute(subgraph, remove, principal(*BOTH), {{"id": id_}})
    assert answer == {{"data": {{"remove{entity}": {{"__typename": "Removed{entity}"}}}}}}


async def test_without_a_tenant_nothing_is_added(database: ThrowAwayDatabase) -> None:
    answer = await database.execute(subgraph, ADD, principal(*BOTH, tenant=None), {{"sent": SENT}})
    assert answer["data"] == {{"add{entity}": None}}
    assert answer["errors"]
"""


def _addition(wanted: Blueprint) -> str:
    one, entity = camel(wanted.one), wanted.entity
    return f"""
ADD = "mutation ($sent: {entity}Input!) {{ add{entity}({one}: $sent) {{ ... on {entity} {{ id }} }} }}"
SENT = {{{_sent(wanted)}}}
"""


def _extended_test(wanted: Blueprint, name: str, snake: str) -> str:
    many = camel(wanted.plural)
    owner = "str(ACME)" if name == "Tenant" else f'"{_CUSTOMER}"'
    return f"""

async def test_the_latest_{wanted.plural}_of_many_{snake}_entities_are_one_statement(
    database: ThrowAwayDatabase, add_some: AddSome,
) -> None:
    await add_some(12)
    sent = [{{"__typename": "{name}", "id": id_}} for id_ in ({owner}, str(uuid4()))]
    with database.statements() as seen:
        answer = await database.entities(subgraph, sent, "... on {name} {{ {many} {{ id }} }}", READER)
    assert len(seen) == 1
    assert [len(one["{many}"]) for one in answer["data"]["_entities"]] == [10, 0]
"""


def _refused(wanted: Blueprint) -> str:
    bad = []
    for field in wanted.fields:
        if field.kind.word == "str":
            bad.append(f'replace(VALUES, {field.name}="x" * 201),')
            if field.is_required:
                bad.append(f'replace(VALUES, {field.name}="  "),')
        elif field.kind.word == "datetime":
            bad.append(f"replace(VALUES, {field.name}={field.kind.sample}.replace(tzinfo=None)),")
        elif field.kind.word == "decimal":
            bad += [f'replace(VALUES, {field.name}=Decimal("{text}")),' for text in ("NaN", "1e15", "1e-7")]
    if not bad:
        return ""
    return f"""

@pytest.mark.parametrize(
    "values",
    [
        {indented(bad, 2)}
    ],
)
async def test_what_is_no_{wanted.one}_is_refused(database: ThrowAwayDatabase, values: {wanted.entity}Values) -> None:
    async with database.session() as session:
        with pytest.raises(Refusal) as refused:
            await add_{wanted.one}(session, values)
    assert refused.value.code == "BAD_USER_INPUT"
"""


def _imports(wanted: Blueprint, *testing: str) -> Imports:
    imports = Imports(wanted.package)
    imports.take(_TESTING, *testing)
    imports.take(wanted.module, "subgraph")
    return imports


def _take_sample_imports(wanted: Blueprint, imports: Imports) -> None:
    for field in wanted.fields:
        for module, name in field.kind.imports:
            imports.take(module, name)
        if field.kind.word == "datetime":
            imports.take("datetime", "UTC")
        if field.is_enum:
            imports.take(f"{wanted.module}.service", wanted.enum(field))


def _sample(wanted: Blueprint, field: Field, *, changed: bool) -> str:
    if field.is_enum:
        return f"{wanted.enum(field)}.{field.values[-1 if changed else 0]}"
    return field.kind.changed if changed else field.kind.sample


def _sent(wanted: Blueprint) -> str:
    sent = [f'"{camel(field.name)}": {field.kind.sent}' for field in wanted.fields]
    sent += [f'"{camel(each.column)}": "{_CUSTOMER}"' for each in wanted.sent]
    return ", ".join(sent)


def _shown(wanted: Blueprint, field: Field) -> str:
    return wanted.enum(field) if field.is_enum else field.kind.scalar


def _a(wanted: Blueprint) -> str:
    return f"{'an' if wanted.one[0] in set('aeiou') else 'a'}_{wanted.one}"
