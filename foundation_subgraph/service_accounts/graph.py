"""Service accounts and their keys in the graph."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

import strawberry

from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import (
    Conflict,
    Connection,
    Info,
    InvalidInput,
    NotFound,
    NotPermitted,
    Problem,
    RequestContext,
    Window,
    field,
    find_page,
    find_pages,
    mutation,
    read_id,
    requires,
)
from foundation_subgraph.service_accounts.service import (
    DAYS,
    KEY_ORDER,
    MOST_DAYS,
    ORDER,
    SERVICE_ACCOUNTS_MANAGE,
    SERVICE_ACCOUNTS_READ,
    MadeApiKey,
    api_keys,
    create_api_key,
    create_service_account,
    revoke_api_key,
    service_accounts,
)
from foundation_subgraph.service_accounts.tables import ApiKeyRow, ServiceAccountRow


@strawberry.type(description="A key by which a service account asks. Its secret was shown when it was made.")
class ApiKey:
    id: strawberry.ID = strawberry.field(description="The public part, between `dk_` and the secret.")
    name: str
    scopes: list[str] = strawberry.field(description="Permissions; one that is retired permits nothing.")
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = strawberry.field(description="To the minute.")
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: ApiKeyRow) -> Self:
        return cls(
            id=strawberry.ID(row.id),
            name=row.name,
            scopes=row.scopes,
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )


@strawberry.type(description="A machine that acts in your tenant.")
class ServiceAccount:
    id: strawberry.ID
    name: str
    created_at: datetime

    @field(
        requires(SERVICE_ACCOUNTS_READ),
        description="Its keys, the latest first, also those that hold no more.",
    )
    async def keys(self, info: Info, window: Window) -> Connection[ApiKey] | None:
        return await info.context.loader(load_pages_of_keys).load((UUID(self.id), window))

    @classmethod
    def of(cls, row: ServiceAccountRow) -> Self:
        return cls(id=strawberry.ID(str(row.id)), name=row.name, created_at=row.created_at)


@strawberry.type(description="A key just made.")
class NewApiKey:
    key: ApiKey
    text: str = strawberry.field(description="What the machine sends as `x-api-key`. It is shown this once.")

    @classmethod
    def of(cls, made: MadeApiKey) -> Self:
        return cls(key=ApiKey.of(made.row), text=made.text)


CreateServiceAccountResult = Annotated[
    ServiceAccount | InvalidInput | Conflict, strawberry.union("CreateServiceAccountResult")
]
CreateApiKeyResult = Annotated[
    NewApiKey | InvalidInput | NotFound | NotPermitted, strawberry.union("CreateApiKeyResult")
]
RevokeApiKeyResult = Annotated[ApiKey | InvalidInput | NotFound, strawberry.union("RevokeApiKeyResult")]

PROBLEMS: Final[Mapping[str, type[Problem]]] = {
    "SERVICE_ACCOUNT_EXISTS": Conflict,
    "SERVICE_ACCOUNT_NOT_FOUND": NotFound,
    "API_KEY_NOT_FOUND": NotFound,
    "PERMISSION_BEYOND_YOUR_OWN": NotPermitted,
}


async def load_pages_of_keys(
    context: RequestContext, wanted: Sequence[tuple[UUID, Window]]
) -> list[Connection[ApiKey]]:
    async with context.transaction() as session:
        return await find_pages(
            session, api_keys(), ApiKeyRow.account_id, wanted, KEY_ORDER, ApiKey.of, descending=True
        )


@strawberry.type
class ServiceAccountQueries:
    @field(
        requires(SERVICE_ACCOUNTS_READ), description="The machines that act in your tenant, the oldest first."
    )
    async def service_accounts(self, info: Info, window: Window) -> Connection[ServiceAccount] | None:
        async with info.context.transaction() as session:
            return await find_page(session, service_accounts(), ORDER, window, ServiceAccount.of)


@strawberry.type
class ServiceAccountMutations:
    @mutation(
        requires(SERVICE_ACCOUNTS_MANAGE),
        problems=PROBLEMS,
        description="Make a service account. It may do nothing until it has a key.",
    )
    async def create_service_account(self, info: Info, name: str) -> CreateServiceAccountResult | None:
        context = info.context
        async with context.transaction() as session:
            row = await create_service_account(session, name, context.subject)
            await record(session, context.subject, "service_account.created", row.id, {"name": row.name})
        return ServiceAccount.of(row)

    @mutation(
        requires(SERVICE_ACCOUNTS_MANAGE),
        problems=PROBLEMS,
        description=f"Make a key that permits some of what you may do yourself, for at most {MOST_DAYS} days.",
    )
    async def create_api_key(
        self,
        info: Info,
        account_id: strawberry.ID,
        name: str,
        scopes: list[strawberry.ID],
        days: int = DAYS,
    ) -> CreateApiKeyResult | None:
        context = info.context
        async with context.transaction() as session:
            made = await create_api_key(
                session,
                read_id(account_id),
                name,
                scopes,
                days=days,
                created_by=context.subject,
                held=context.principal.scopes,
            )
            told = {
                "account": account_id,
                "scopes": made.row.scopes,
                "until": made.row.expires_at.isoformat(),
            }
            await record(session, context.subject, "api_key.created", made.row.id, told)
        return NewApiKey.of(made)

    @mutation(
        requires(SERVICE_ACCOUNTS_MANAGE),
        problems=PROBLEMS,
        description="Take a key back. Gateways that have just looked it up take it for some seconds more.",
    )
    async def revoke_api_key(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the field's usual word
    ) -> RevokeApiKeyResult | None:
        async with info.context.transaction() as session:
            row = await revoke_api_key(session, id)
            await record(session, info.context.subject, "api_key.revoked", row.id, {"name": row.name})
        return ApiKey.of(row)
