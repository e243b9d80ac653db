"""What a gateway and a foundation in the same process say to each other. Neither imports the other.

`dovetail dev` finds the foundation by an import string; what it finds is an `OpenHouse`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from starlette.types import ASGIApp

from supergraph.spec.api_key import StoredApiKey
from supergraph.spec.declared_operations import DeclaredOperations
from supergraph.spec.denial import DenialRecord, MissingGrant
from supergraph.spec.module_document import ModuleDocument
from supergraph.spec.principal import Principal, PrincipalSigner
from supergraph.spec.revocation import RevocationList

if TYPE_CHECKING:  # reading a word must not load a framework
    from fastapi import APIRouter


class HouseError(Exception):
    """The house cannot be opened. The message is one sentence or two: what, where, and how to go on."""


class HouseSubgraph(Protocol):
    """A subgraph that runs here: its document for the composer, its application for the gateway.

    `origins` says where the document's elements stand in code, by schema coordinate.
    """

    @property
    def name(self) -> str: ...
    @property
    def sdl(self) -> str: ...
    @property
    def origins(self) -> Mapping[str, str]: ...
    @property
    def app(self) -> ASGIApp: ...


class BrokenHouseSubgraph(Protocol):
    """A subgraph that could not be opened; all others serve without it."""

    @property
    def name(self) -> str: ...
    @property
    def reason(self) -> str: ...


class HouseIssuer(Protocol):
    """Who signs the clients' tokens; `jwks` is the key set to check them with."""

    @property
    def issuer(self) -> str: ...
    @property
    def audience(self) -> str: ...
    @property
    def jwks(self) -> Mapping[str, object]: ...


class HouseLogin(Protocol):
    """A demo login that everybody may know."""

    @property
    def email(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def role(self) -> str: ...


class HouseProvider(Protocol):
    """An OpenID provider that people may sign in by. `url` is where a browser leaves for it."""

    @property
    def title(self) -> str: ...
    @property
    def url(self) -> str: ...


class HouseApiKeys(Protocol):
    """The keys of machines: what the gateway's hook `ApiKeyStore` asks for."""

    async def find_api_key(self, key_id: str) -> StoredApiKey | None: ...
    def api_key_used(self, key_id: str) -> None: ...


class HouseAudit(Protocol):
    """Keeps what the gateway denied: its hook point `AuditSink`."""

    async def record_denials(self, records: Sequence[DenialRecord]) -> None: ...


class HouseModules(Protocol):
    """Which tenant has which versions of which modules: the gateway's hook point `ModuleSets`."""

    def of(self, tenant: str | None) -> frozenset[str]: ...
    async def documents(self, versions: frozenset[str]) -> Sequence[ModuleDocument]: ...
    def changes(self) -> AsyncIterator[None]: ...


class HouseRollouts(Protocol):
    """Is told how versions do that are being rolled out, and halts what leaves its budget."""

    def is_watched(self, module: str, tenant: str | None) -> bool: ...
    def saw(self, module: str, tenant: str | None, *, failed: bool, seconds: float) -> None: ...


class HouseAdvisor(Protocol):
    """Says who can help somebody who was denied something: the gateway's hook point `GrantAdvisor`."""

    async def who_can_grant(self, principal: Principal, missing: MissingGrant) -> Sequence[str]: ...


class House(Protocol):
    """All that is open. `sign_in` holds the routes below `/sign-in`; `permissions` are all there are to be required.

    `revocations` tells the sessions that have ended, here or in another process. `declared` are the operations that
    subgraphs may ask the gateway in turn, by subgraph.
    """

    @property
    def subgraphs(self) -> Sequence[HouseSubgraph]: ...
    @property
    def broken(self) -> Sequence[BrokenHouseSubgraph]: ...
    @property
    def permissions(self) -> frozenset[str]: ...
    @property
    def declared(self) -> Mapping[str, DeclaredOperations]: ...
    @property
    def sign_in(self) -> "APIRouter": ...
    @property
    def issuer(self) -> HouseIssuer: ...
    @property
    def revocations(self) -> RevocationList: ...
    @property
    def api_keys(self) -> HouseApiKeys: ...
    @property
    def signer(self) -> PrincipalSigner: ...
    @property
    def audit(self) -> HouseAudit: ...
    @property
    def rollouts(self) -> HouseRollouts: ...
    @property
    def grant_advisor(self) -> HouseAdvisor: ...
    @property
    def modules(self) -> HouseModules: ...
    @property
    def providers(self) -> Sequence[HouseProvider]: ...
    @property
    def logins(self) -> Sequence[HouseLogin]: ...
    @property
    def notices(self) -> Sequence[str]: ...


class OpenHouse(Protocol):
    """Opens everything, and closes it at the end of the block, however it ends. Raises HouseError.

    Without `database_url` a PostgreSQL of its own runs over a folder in `data_folder`. `installed` is the import string
    of what finds the modules.
    """

    def __call__(
        self, data_folder: Path, *, database_url: str | None, installed: str, demo: bool
    ) -> AbstractAsyncContextManager[House]: ...
