"""The house as a whole: opened, opened again, with broken parts, over a database of somebody else's."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph import serving
from foundation_subgraph.embedded_database import EmbeddedDatabase
from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.house_settings import HouseSettings
from foundation_subgraph.kit import (
    Access,
    DatabaseAddress,
    DemoTenant,
    GraphQLRequest,
    Subgraph,
    field,
    public,
)
from foundation_subgraph.kit.installing import BrokenSubgraph, Installed
from foundation_subgraph.seeding import DEMO_PASSWORD, DEMO_PEOPLE, demo_tenant_id
from foundation_subgraph.serving import House, open_house, open_subgraph
from foundation_subgraph.sign_in import PasswordCost, read_public_key
from module_subgraphs import installed
from supergraph.spec import PRINCIPAL_HEADER, HouseError, Principal, PrincipalVerifier

MODULES = installed().subgraphs

CHEAP = PasswordCost(passes=1, memory=8, lanes=1)
FAST = {"fsync": "off", "synchronous_commit": "off"}


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedDatabase]:
    """A PostgreSQL of somebody else's: the house is given its address."""
    with (
        tempfile.TemporaryDirectory(prefix="dovetail-external-") as folder,
        EmbeddedDatabase(Path(folder) / "database", settings=FAST) as embedded,
    ):
        yield embedded


@pytest.fixture
async def settings(server: EmbeddedDatabase, data_folder: Path) -> AsyncIterator[HouseSettings]:
    """Settings for a fresh database of its own in that server, and a login that owns it and may make roles."""
    name = f"house_{abs(hash(data_folder))}"
    admin = DatabaseAddress(server.url()).engine(pool_size=0).execution_options(isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        if not await connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'landlord'")):
            await connection.execute(text("CREATE ROLE landlord LOGIN CREATEROLE"))
        await connection.execute(text(f"CREATE DATABASE {name} OWNER landlord"))
    yield HouseSettings(
        data_folder=data_folder,
        demo=True,
        database_url=server.url("landlord", name).replace("+asyncpg", ""),
        password_cost=CHEAP,
    )
    async with admin.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await admin.dispose()


async def ask(house: House, name: str, query: str, asking: Principal) -> dict[str, Any]:
    [served] = [one for one in house.subgraphs if one.name == name]
    return await served.app.execute(GraphQLRequest(query), asking)


def house_client(house: House) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(house.sign_in)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house")


async def enter(house: House, email: str) -> dict[str, Any]:
    async with house_client(house) as client:
        response = await client.post("/sign-in", json={"email": email, "password": DEMO_PASSWORD})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def tenant_principal(slug: str, *scopes: str) -> Principal:
    return Principal("00000000-0000-4000-8000-000000000001", str(demo_tenant_id(slug)), frozenset(scopes))


async def test_a_house_over_its_own_database_opens_and_opens_again(data_folder: Path) -> None:
    settings = HouseSettings(data_folder=data_folder, demo=True, password_cost=CHEAP)
    names = "{ customers { nodes { name city } } }"
    asking = tenant_principal("acme", "customers:read")
    async with open_house(settings) as house:
        assert [one.name for one in house.subgraphs] == ["foundation", *sorted(one.name for one in MODULES)]
        assert house.broken == ()
        first = await ask(house, "customers", names, asking)
        kid = house.issuer.key.kid
    async with open_house(settings) as house:
        assert await ask(house, "customers", names, asking) == first
        assert house.issuer.key.kid == kid
    assert len(first["data"]["customers"]["nodes"]) == 5
    assert not (data_folder / "database" / "postmaster.pid").exists()


async def test_demo_data_is_written_once_and_kept_apart(settings: HouseSettings) -> None:
    for _ in range(2):
        async with open_house(settings) as house:
            acme = await ask(
                house,
                "customers",
                "{ customers { nodes { name } } }",
                tenant_principal("acme", "customers:read"),
            )
            globex = await ask(
                house,
                "customers",
                "{ customers { nodes { name } } }",
                tenant_principal("globex", "customers:read"),
            )
            nobody = await ask(
                house,
                "customers",
                "{ customers { nodes { name } } }",
                Principal("x", None, frozenset({"customers:read"})),
            )
    assert len(acme["data"]["customers"]["nodes"]) == 5
    assert len(globex["data"]["customers"]["nodes"]) == 2
    assert nobody["data"]["customers"]["nodes"] == []


async def test_every_demo_person_signs_in_with_the_permissions_of_their_role(settings: HouseSettings) -> None:
    async with open_house(settings) as house:
        scopes: dict[str, set[str]] = {}
        for person in DEMO_PEOPLE:
            answer = await enter(house, person.email)
            assert {one["slug"] for one in answer["tenants"]} == set(person.roles)
            scopes[person.email] = set(_claims(answer["token"])["scope"].split())
    modules = [permission for module in MODULES for permission in module.permissions]
    reading = {"users:read", "roles:read", "service_accounts:read"} | {
        permission.id for permission in modules if permission.access is Access.READ
    }
    assert scopes["auditor@acme.example"] == reading
    assert scopes["clerk@acme.example"] == reading | {permission.id for permission in modules}
    assert scopes["owner@acme.example"] == scopes["clerk@acme.example"] | {
        permission.id for permission in foundation.permissions if permission.access is Access.ADMINISTER
    }


def _claims(token: str) -> dict[str, Any]:
    import jwt

    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


async def test_requests_run_in_a_role_that_the_policies_bind_though_the_login_is_another(
    settings: HouseSettings,
) -> None:
    async with open_house(settings) as house:
        [served] = [one for one in house.subgraphs if one.name == "customers"]
        async with served.app._database.engine.connect() as connection:
            assert await connection.scalar(text("SELECT current_user")) == "dovetail_app"


@pytest.fixture
def with_installed(settings: HouseSettings, monkeypatch: pytest.MonkeyPatch) -> Any:
    def install(installed: Installed) -> HouseSettings:
        monkeypatch.setattr(serving, "find_installed", lambda _string: installed)
        return settings

    return install


def broken_subgraph(
    folder: Path, name: str = "rotten", upgrade: str = "op.execute('SELECT * FROM nowhere')"
) -> Subgraph:
    import strawberry

    @strawberry.type
    class Query:
        @field(public)
        def one(self) -> int:
            return 1

    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "0001.py").write_text(
        f"from alembic import op\nrevision = '0001'\ndown_revision = None\ndef upgrade():\n    {upgrade}\n"
    )
    return Subgraph(name, title="Rotten", query=Query, migrations=folder / "migrations", demo=fail)


async def fail(_session: AsyncSession, _tenant: DemoTenant) -> None:
    raise SystemExit("no demo data here")


async def test_a_module_whose_migration_fails_is_set_aside_and_the_others_serve(
    with_installed: Any, tmp_path: Path
) -> None:
    settings = with_installed(
        Installed((broken_subgraph(tmp_path),), (BrokenSubgraph("unreadable", "ImportError: no"),))
    )
    async with open_house(settings) as house:
        assert [one.name for one in house.subgraphs] == ["foundation"]
        assert [(one.name, one.reason.split(":")[0]) for one in house.broken] == [
            ("unreadable", "ImportError"),
            ("rotten", 'relation "nowhere" does not exist'),
        ]
        assert (await enter(house, "owner@acme.example"))["tenant"]["slug"] == "acme"


@pytest.mark.parametrize(
    ("upgrade", "reason"),
    [
        ("raise SystemExit(3)", "3"),
        ("1 / 0", "division by zero"),
        ("op.execute('CREATE TABLE rotten.apples (id int)')", "rotten: tenants are not kept apart in apples"),
    ],
)
async def test_a_migration_may_fail_in_any_way(
    with_installed: Any, tmp_path: Path, upgrade: str, reason: str
) -> None:
    async with open_house(with_installed(Installed((broken_subgraph(tmp_path, upgrade=upgrade),)))) as house:
        assert [one.name for one in house.subgraphs] == ["foundation"]
        [broken] = house.broken
        assert broken.reason.startswith(reason)


async def test_a_module_that_takes_the_foundations_name_takes_nothing_else(
    with_installed: Any, tmp_path: Path
) -> None:
    settings = with_installed(Installed((broken_subgraph(tmp_path, "foundation", "pass"),)))
    async with open_house(settings) as house:
        assert [one.name for one in house.subgraphs] == ["foundation"]
        assert house.broken == (BrokenSubgraph("foundation", "another subgraph has this name"),)
        claims = _claims((await enter(house, "owner@acme.example"))["token"])
        assert "roles:manage" in claims["scope"]
        public_key = read_public_key(settings.data_folder / serving.PRINCIPAL_PUBLIC_KEY)
        async with open_subgraph(
            "foundation", settings, PrincipalVerifier([public_key], "foundation")
        ) as served:
            assert "type User" in served.sdl


async def test_demo_data_that_fails_is_told_and_leaves_its_subgraph_serving(
    with_installed: Any, tmp_path: Path
) -> None:
    async with open_house(with_installed(Installed((broken_subgraph(tmp_path, upgrade="pass"),)))) as house:
        assert [one.name for one in house.subgraphs] == ["foundation", "rotten"]
        assert house.notices == tuple(
            f"Without demo data of rotten for {tenant}: SystemExit." for tenant in ("acme", "globex")
        )


async def test_a_database_of_a_newer_version_is_one_sentence(
    settings: HouseSettings, server: EmbeddedDatabase
) -> None:
    async with open_house(settings):
        pass
    owner = DatabaseAddress(str(settings.database_url).replace(":", "+asyncpg:", 1)).engine(pool_size=0)
    async with owner.begin() as connection:
        await connection.execute(text("UPDATE foundation.alembic_version SET version_num = '9999'"))
    with pytest.raises(HouseError, match="The foundation's tables cannot be prepared: Can't locate revision"):
        async with open_house(settings):
            pass


async def test_without_being_asked_nobody_with_a_known_password_is_let_in(settings: HouseSettings) -> None:
    from dataclasses import replace

    async with open_house(replace(settings, demo=False)) as house:
        assert house.logins == ()
        async with house_client(house) as client:
            sent = {"email": "owner@acme.example", "password": DEMO_PASSWORD}
            assert (await client.post("/sign-in", json=sent)).status_code == 401
    assert not HouseSettings().demo


SECOND_START = """
import asyncio, sys
from pathlib import Path
from foundation_subgraph.serving import HouseSettings, open_house

async def open_and_close():
    async with open_house(HouseSettings(data_folder=Path(sys.argv[1]), database_url=sys.argv[2])):
        print(sorted({"alembic", "mako"} & sys.modules.keys()))

asyncio.run(open_and_close())
"""


async def test_a_second_start_does_not_load_what_only_migrations_need(settings: HouseSettings) -> None:
    for loaded in (["alembic", "mako"], []):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SECOND_START, str(settings.data_folder), str(settings.database_url),
            stdout=subprocess.PIPE,
        )  # fmt: skip
        said, _ = await asyncio.wait_for(process.communicate(), 60)
        assert said.decode().strip() == str(loaded)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u@127.0.0.1:99999/none", "names the port 99999"),
        ("postgresql://u@[::1/none", "not a URL"),
        (
            "postgresql://u@127.0.0.1:1/none?channel_binding=require&sslmode=require",
            "parameters .*: channel_binding$",
        ),
        ("postgresql://nobody@127.0.0.1:1/none", "cannot be used"),
        ("nonsense", "not a URL"),
        ("sqlite:///x.db", "only PostgreSQL"),
        ("postgresql://u:hunter2@127.0.0.1:1/none", r"u:\*\*\*@127"),
    ],
)
async def test_a_database_that_cannot_be_used_is_one_sentence(tmp_path: Path, url: str, says: str) -> None:
    with pytest.raises(HouseError, match=says) as refused:
        async with open_house(HouseSettings(data_folder=tmp_path, database_url=url)):
            pass
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


async def test_what_finds_no_modules_is_one_sentence(settings: HouseSettings) -> None:
    from dataclasses import replace

    with pytest.raises(HouseError, match="write it like module_subgraphs:installed"):
        async with open_house(replace(settings, installed="no.such.place:nothing")):
            pass


async def test_an_application_login_that_policies_do_not_bind_is_refused(
    settings: HouseSettings,
) -> None:
    from dataclasses import replace

    with pytest.raises(HouseError, match=r"owns tables .*so tenants would not be kept apart"):
        async with open_house(replace(settings, application_url=settings.database_url)):
            pass


async def test_one_subgraph_alone_believes_the_houses_signature(settings: HouseSettings) -> None:
    async with open_house(settings) as house:
        public_key = read_public_key(settings.data_folder / serving.PRINCIPAL_PUBLIC_KEY)
        async with open_subgraph("loyalty", settings, PrincipalVerifier([public_key], "loyalty")) as served:
            assert served.sdl == next(one.sdl for one in house.subgraphs if one.name == "loyalty")
            query = 'mutation { awardPoints(customerId: "00000000-0000-4000-8000-000000000009", points: 5, reason: "x") { ... on PointAward { points } } }'
            asking = tenant_principal("acme", "loyalty:award", "loyalty:read")
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(served.app), base_url="http://loyalty"
            ) as client:
                header = {PRINCIPAL_HEADER: house.signer.sign(asking, "loyalty")}
                response = await client.post("/", json={"query": query}, headers=header)
                assert response.json() == {"data": {"awardPoints": {"points": 5}}}
                bare = await client.post("/", json={"query": query})
                assert bare.status_code == 401


async def test_one_subgraph_alone_refuses_a_login_that_policies_do_not_bind(settings: HouseSettings) -> None:
    from dataclasses import replace

    async with open_house(settings):
        pass
    public_key = read_public_key(settings.data_folder / serving.PRINCIPAL_PUBLIC_KEY)
    unfit = replace(settings, application_url=settings.database_url)
    with pytest.raises(HouseError, match="tenants would not be kept apart"):
        async with open_subgraph("loyalty", unfit, PrincipalVerifier([public_key], "loyalty")):
            pass


async def test_a_subgraph_that_is_not_installed_is_named_with_those_that_are(settings: HouseSettings) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    verifier = PrincipalVerifier([Ed25519PrivateKey.generate().public_key()], "loyalty")
    with pytest.raises(
        HouseError, match=r'no subgraph "loyality"; installed are customers, foundation, .*loyalty'
    ):
        async with open_subgraph("loyality", settings, verifier):
            pass


async def test_a_house_signs_in_by_the_providers_of_its_file(settings: HouseSettings) -> None:
    (settings.data_folder / "sign-in.yaml").write_text(
        "public_url: https://house.example\n"
        "providers: [{ name: acme, title: Acme staff, issuer: 'https://login.acme.example', client_id: x, tenants: [acme] }]\n"
    )
    async with open_house(settings) as house, house_client(house) as client:
        offered = (await client.get("/sign-in/oidc")).json()["providers"]
    assert [one["url"] for one in offered] == ["https://house.example/sign-in/oidc/acme"]
    assert [{"title": one.title, "url": one.url} for one in house.providers] == [
        {"title": one["title"], "url": one["url"]} for one in offered
    ]


async def test_providers_that_cannot_be_meant_are_one_sentence(settings: HouseSettings) -> None:
    (settings.data_folder / "sign-in.yaml").write_text("public_url: here\n")
    with pytest.raises(HouseError, match=r"sign-in\.yaml: public_url: .*https://host"):
        async with open_house(settings):
            pass
