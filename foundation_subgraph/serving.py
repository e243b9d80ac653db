"""The foundation and the modules, opened together: database, migrations, permissions, demo data, applications.

A composition root: what knows all subgraphs knows them by an import string, so that no arrow points up.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.administration.advice import RoleAdvisor
from foundation_subgraph.audit.sink import DenialAudit
from foundation_subgraph.database_addresses import DatabaseAddresses, find_address, find_addresses
from foundation_subgraph.embedded_database import EmbeddedDatabaseError
from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.house_settings import HouseSettings
from foundation_subgraph.kit import BrokenSubgraph, Database, GatewayAddress, Subgraph, SubgraphApp, narrow
from foundation_subgraph.kit.installing import UnknownImportError, find_installed
from foundation_subgraph.kit.roles import (
    APPLICATION_ROLE,
    FOUNDATION_ROLE,
    OWNER_ROLE,
    SIGN_IN_ROLE,
    UnfitRoleError,
    check_application_role,
)
from foundation_subgraph.mail import Mailer, OutgoingMail
from foundation_subgraph.modules.artefact import PUBLISHER_KEYS, PublisherKeys
from foundation_subgraph.modules.following import RegisteredModules, following
from foundation_subgraph.modules.installed import register_installed, version_of
from foundation_subgraph.modules.model import VersionId
from foundation_subgraph.modules.publishing import Publisher
from foundation_subgraph.modules.watching import RolloutWatch, judging
from foundation_subgraph.preparing import first_line, prepare
from foundation_subgraph.seeding import DemoLogin, demo_logins, seed_people, seed_subgraphs
from foundation_subgraph.service_accounts.store import ApiKeys
from foundation_subgraph.sessions.watching import watching_sessions
from foundation_subgraph.settings_file import SettingsFileError
from foundation_subgraph.sign_in import (
    OidcSettings,
    OidcSignIn,
    PasswordChanges,
    Passwords,
    Provider,
    SecondFactors,
    SignIn,
    TokenIssuer,
    UnusableKeyError,
    build_sign_in_router,
    load_or_create_key,
    load_or_create_seal,
    read_oidc_settings,
    write_public_key,
)
from foundation_subgraph.tenants.service import current_tenant
from supergraph.spec import (
    DeclaredOperations,
    HouseError,
    InvalidKeyError,
    ModuleDocument,
    PrincipalSigner,
    PrincipalVerifier,
    RevocationList,
)

PRINCIPAL_KEY: Final = Path("keys/principal.pem")
PRINCIPAL_PUBLIC_KEY: Final = Path("keys/principal.pub")
"""In the data folder: what the gateway signs principals with, and what subgraphs elsewhere check them with."""
OIDC_SETTINGS: Final = Path("sign-in.yaml")
"""In the data folder: the OpenID providers that people may sign in by."""

_CONNECTIONS: Final = 5
"""That each subgraph keeps open; at the busiest it opens as many again. PostgreSQL allows 100 by default."""
_SIGN_IN_CONNECTIONS: Final = 5  # one of which hears of sessions that end, another of modules that change

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServedSubgraph:
    """One subgraph, ready: its document for the composer, its application for the gateway.

    `origins` says where the document's elements stand in Python, by schema coordinate.
    """

    name: str
    sdl: str
    app: SubgraphApp
    origins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfferedProvider:
    """An OpenID provider that people may sign in by. `url` is where a browser leaves for it."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class House:
    """All that is open. `broken` could not be read or migrated; everything else serves without them.

    `sign_in` holds the routes under `/sign-in`; `revocations`, `api_keys`, `audit` and
    `grant_advisor` are hooks for the gateway, `modules` says which tenant has which, and `rollouts` is told how they do. `declared` are the
    operations that subgraphs may ask the gateway in turn. `signer` is for a gateway that calls subgraphs in other processes.
    """

    subgraphs: tuple[ServedSubgraph, ...]
    broken: tuple[BrokenSubgraph, ...]
    sign_in: APIRouter
    issuer: TokenIssuer
    revocations: RevocationList
    api_keys: ApiKeys
    audit: DenialAudit
    grant_advisor: RoleAdvisor
    modules: RegisteredModules
    rollouts: RolloutWatch
    signer: PrincipalSigner
    permissions: frozenset[str]
    declared: Mapping[str, DeclaredOperations]
    providers: tuple[OfferedProvider, ...]
    logins: tuple[DemoLogin, ...]
    notices: tuple[str, ...]


@asynccontextmanager
async def open_house(settings: HouseSettings) -> AsyncIterator[House]:
    """Open everything, and close it at the end of the block, however it ends. Raises HouseError.

    What is open is called in this process: a caller puts the principal into the ASGI scope.
    """
    async with AsyncExitStack() as stack:
        try:
            house = await _open(settings, stack)
        except (
            EmbeddedDatabaseError,
            InvalidKeyError,
            SettingsFileError,
            UnfitRoleError,
            UnknownImportError,
            UnusableKeyError,
        ) as error:
            raise HouseError(str(error)) from error
        except (OSError, SQLAlchemyError) as error:
            where = (
                "the embedded database" if settings.database_url is None else _shown(settings.database_url)
            )
            raise HouseError(f"The database cannot be used ({where}): {first_line(error)}") from error
        yield house


def open_development_house(
    data_folder: Path, *, database_url: str | None, installed: str, demo: bool
) -> AbstractAsyncContextManager[House]:
    """Open the house for `dovetail dev`, which knows this function by its import string alone."""
    return open_house(
        HouseSettings(data_folder=data_folder, database_url=database_url, installed=installed, demo=demo)
    )


@asynccontextmanager
async def open_subgraph(
    name: str,
    settings: HouseSettings,
    verifier: PrincipalVerifier,
    *,
    open_sdl: bool = False,
    gateway: str | None = None,
) -> AsyncIterator[ServedSubgraph]:
    """Open one subgraph alone, over a database that a house has prepared: it migrates nothing and seeds nothing.

    By the URL `gateway` it asks the gateway in turn. With `open_sdl` it gives its document to anybody. It gives nothing else to whom the gateway does not speak for.

    Without `database_url` or `application_url` it uses the embedded database of a house that is open over
    `data_folder`. Raises HouseError.
    """
    async with AsyncExitStack() as stack:
        try:
            found = find_installed(settings.installed)
            known: dict[str, Subgraph] = {one.name: one for one in (*found.subgraphs, foundation)}
            if name not in known:
                reasons = [one.reason for one in found.broken if one.name == name]
                raise HouseError(
                    f"The subgraph {name} cannot be served: {reasons[0]}"
                    if reasons
                    else f'There is no subgraph "{name}"; installed are {", ".join(sorted(known))}'
                )
            application = Database(find_address(settings, known[name].role).engine(pool_size=10))
            stack.push_async_callback(application.close)
            await check_application_role(application.engine)
            services: list[object] = []
            if known[name].role == FOUNDATION_ROLE:  # which alone may read tenants' names and write their log
                services = [
                    _open_mail(settings.find_mailer(), application.engine, stack),
                    _open_audit(application.engine, stack),
                ]
        except (SettingsFileError, UnfitRoleError, UnknownImportError) as error:
            raise HouseError(str(error)) from error
        except (OSError, SQLAlchemyError) as error:
            raise HouseError(f"The database cannot be used: {first_line(error)}") from error
        door = None
        if gateway is not None:
            door = GatewayAddress(gateway)
            stack.push_async_callback(door.close)
        app = known[name].asgi(application, verifier, open_sdl=open_sdl, door=door, services=services)
        yield ServedSubgraph(name, known[name].sdl(), app)


async def _open(settings: HouseSettings, stack: AsyncExitStack) -> House:
    found = find_installed(settings.installed)
    oidc = settings.oidc or read_oidc_settings(settings.data_folder / OIDC_SETTINGS)
    mailer = settings.find_mailer()
    publishers = PublisherKeys.read(settings.data_folder / PUBLISHER_KEYS)
    key = load_or_create_key(settings.data_folder / "keys" / "sign_in.pem")
    seal = load_or_create_seal(settings.data_folder / "keys" / "seal.key")
    principal_key = load_or_create_key(settings.data_folder / PRINCIPAL_KEY)
    write_public_key(principal_key, settings.data_folder / PRINCIPAL_PUBLIC_KEY)
    notices: list[str] = []
    addresses = await find_addresses(settings, stack, notices)
    owner, sign_in_engine = (
        addresses[OWNER_ROLE].engine(pool_size=1),
        addresses[SIGN_IN_ROLE].engine(pool_size=_SIGN_IN_CONNECTIONS),
    )
    for engine in (owner, sign_in_engine):
        stack.push_async_callback(engine.dispose)
    ready, broken = await _prepare(owner, (foundation, *found.subgraphs))
    # Now that there are tables that it could own.
    for role in (APPLICATION_ROLE, FOUNDATION_ROLE):
        serving = addresses[role].engine(pool_size=0)
        await check_application_role(serving)
        await serving.dispose()
    issuer = TokenIssuer(key, settings.issuer, settings.audience, settings.token_lifetime)
    passwords = Passwords(settings.password_cost)
    if settings.demo:
        tenants = await seed_people(owner, sign_in_engine, passwords)
        notices += await seed_subgraphs(owner, ready, tenants)
    second_factors = SecondFactors(sign_in_engine, seal)
    reaches = {} if oidc is None else {one.name: one for one in oidc.providers}
    sign_in = SignIn(sign_in_engine, passwords, issuer, second_factors, reaches)
    lifetime = timedelta(seconds=issuer.lifetime)
    revocations = RevocationList()
    await stack.enter_async_context(watching_sessions(sign_in_engine, revocations, lifetime))
    api_keys = ApiKeys(sign_in_engine)
    stack.push_async_callback(api_keys.close)
    audit_engine = addresses[FOUNDATION_ROLE].engine(pool_size=1)
    stack.push_async_callback(audit_engine.dispose)
    audit = _open_audit(audit_engine, stack)
    mail = _open_mail(mailer, audit_engine, stack)
    subgraphs = tuple(_serve(ready, addresses, [mail, audit, Publisher(owner, publishers)], broken))
    modules, told = await _register(owner, ready, subgraphs, (*found.broken, *broken), publishers)
    notices += told
    await stack.enter_async_context(following(sign_in_engine, modules))
    rollouts = RolloutWatch(modules)
    await stack.enter_async_context(judging(audit_engine, rollouts))
    return House(
        subgraphs=subgraphs,
        broken=(*found.broken, *broken),
        sign_in=build_sign_in_router(
            sign_in,
            PasswordChanges(sign_in, mailer),
            None if oidc is None else _by_providers(sign_in, oidc),
        ),
        issuer=issuer,
        revocations=revocations,
        api_keys=api_keys,
        audit=audit,
        grant_advisor=RoleAdvisor(audit_engine),
        modules=modules,
        rollouts=rollouts,
        signer=PrincipalSigner(principal_key.private),
        permissions=frozenset(permission.id for one in ready for permission in one.permissions),
        declared={one.name: one.asks for one in ready if one.asks.texts},
        providers=() if oidc is None else _offered(oidc),
        logins=demo_logins() if settings.demo else (),
        notices=tuple(notices),
    )


def _offered(settings: OidcSettings) -> tuple[OfferedProvider, ...]:
    return tuple(OfferedProvider(one.title, settings.departure(one)) for one in settings.providers)


def _by_providers(sign_in: SignIn, settings: OidcSettings) -> OidcSignIn:
    return OidcSignIn(sign_in, settings, {one.name: Provider(one) for one in settings.providers})


def _open_mail(mailer: Mailer, engine: AsyncEngine, stack: AsyncExitStack) -> OutgoingMail:
    """The house's outgoing mail; `engine` is in the role of the foundation's requests."""
    mail = OutgoingMail(mailer, name_of_tenant(engine))
    stack.push_async_callback(mail.close)
    return mail


def _open_audit(engine: AsyncEngine, stack: AsyncExitStack) -> DenialAudit:
    audit = DenialAudit(engine)
    stack.push_async_callback(audit.close)
    return audit


def name_of_tenant(engine: AsyncEngine) -> Callable[[UUID], Awaitable[str]]:
    """Tells what people call a tenant."""

    async def find(tenant: UUID) -> str:
        async with AsyncSession(engine) as session, session.begin():
            await narrow(session, tenant)
            row = await current_tenant(session)
            return "a tenant" if row is None else row.name

    return find


def _serve(
    ready: Iterable[Subgraph],
    addresses: DatabaseAddresses,
    services: Sequence[object],
    broken: list[BrokenSubgraph],
) -> Iterator[ServedSubgraph]:
    """Each with connections of its own: one that holds all of them keeps none from the others."""
    for one in ready:
        database = Database(partial(addresses[one.role].engine, pool_size=_CONNECTIONS))
        try:
            served = ServedSubgraph(one.name, one.sdl(), one.asgi(database, services=services), one.origins())
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a subgraph may fail in any way it likes, alone
            _set_aside(one, error, "document", broken)
        else:
            yield served


async def _register(
    owner: AsyncEngine,
    ready: Iterable[Subgraph],
    served: Sequence[ServedSubgraph],
    broken: Sequence[BrokenSubgraph],
    publishers: PublisherKeys,
) -> tuple[RegisteredModules, list[str]]:
    """What runs here into the registry, and the registry for the gateway; notices for people beside it."""
    documents = {each.name: ModuleDocument(each.name, each.sdl, each.app) for each in served}
    versions = [version_of(each) for each in ready if each is not foundation and each.name in documents]
    async with AsyncSession(owner) as session, session.begin():
        notices = await register_installed(session, versions, {each.name: each.reason for each in broken})
    running: dict[VersionId, ModuleDocument] = {each.id: documents[each.id.module] for each in versions}
    return RegisteredModules(documents[foundation.name], running, publishers), notices


def _set_aside(one: Subgraph, error: BaseException, what: str, broken: list[BrokenSubgraph]) -> None:
    if one is foundation:  # nothing stands without it
        raise HouseError(f"The foundation's {what} cannot be prepared: {first_line(error)}") from error
    _log.error("the subgraph %s is set aside", one.name, exc_info=error)
    broken.append(BrokenSubgraph(one.name, first_line(error)))


async def _prepare(
    owner: AsyncEngine, subgraphs: Sequence[Subgraph]
) -> tuple[list[Subgraph], list[BrokenSubgraph]]:
    """Migrate each subgraph and register its permissions. One that fails is set aside with its reason."""
    ready: list[Subgraph] = []
    broken: list[BrokenSubgraph] = []
    for one in subgraphs:
        if any(one.name == other.name for other in ready):
            broken.append(BrokenSubgraph(one.name, "another subgraph has this name"))
            continue
        try:
            await prepare(owner, one)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a subgraph may fail in any way it likes, alone
            _set_aside(one, error, "tables", broken)
        else:
            ready.append(one)
    return ready, broken


def _shown(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "DATABASE_URL"
