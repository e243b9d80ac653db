"""Publishing through the graph: for pipelines that reach the gateway and nothing behind it."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Final

import strawberry
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import (
    Conflict,
    Info,
    InvalidInput,
    Manifest,
    ManifestError,
    NotFound,
    Problem,
    Refusal,
    mutation,
    requires,
)
from foundation_subgraph.modules.artefact import ANYBODY, PublisherKeys
from foundation_subgraph.modules.changes import PLATFORM_MODULES
from foundation_subgraph.modules.checking import find_graph_check
from foundation_subgraph.modules.graph import RegisteredModule
from foundation_subgraph.modules.loading import load_registry
from foundation_subgraph.modules.model import ModuleVersion
from foundation_subgraph.modules.publication import publish, version_in
from foundation_subgraph.modules.recording import By
from foundation_subgraph.tenants.service import see_all_tenants

_SCHEMES: Final = ("http://", "https://")


class Publisher:
    """Publishes in the role that owns the tables, since permissions come with a version: the house lends it to the graph."""

    def __init__(self, owner: AsyncEngine, publishers: PublisherKeys = ANYBODY) -> None:
        self._owner = owner
        self._publishers = publishers

    async def publish(self, version: ModuleVersion, by: By, accepted: str) -> None:
        """Raises Refusal, as `publish` does."""
        check = await asyncio.to_thread(find_graph_check)
        async with AsyncSession(self._owner) as session, session.begin():
            await publish(session, version, by, check, accepted=accepted, publishers=self._publishers)


PublishModuleResult = Annotated[
    RegisteredModule | InvalidInput | NotFound | Conflict, strawberry.union("PublishModuleResult")
]

PROBLEMS: Final[Mapping[str, type[Problem]]] = {
    "MODULE_NOT_FOUND": NotFound,
    "VERSION_EXISTS": Conflict,
    "MODULE_TAKEN": Conflict,
    "MODULES_DO_NOT_FIT": Conflict,
    "BREAKING_CHANGES": Conflict,
    "NOT_SIGNED": InvalidInput,
    "NOT_PUBLISHED_HERE": Conflict,
}


@strawberry.type
class PublishingMutations:
    @mutation(
        requires(PLATFORM_MODULES),
        problems=PROBLEMS,
        description="Publish a version, for ever: its manifest and its document as in their files, and where it answers. Nobody has it yet. "
        "With `accept`, the reason why, it may break clients.",
    )
    async def publish_module(
        self, info: Info, manifest: str, sdl: str, address: str, signature: str = "", accept: str = ""
    ) -> PublishModuleResult | None:
        context = info.context
        publisher = context.service(Publisher)
        if publisher is None:
            raise Refusal(
                "NOT_PUBLISHED_HERE",
                "This foundation runs apart from its house: publish by `dovetail module publish`",
            )
        if not address.startswith(_SCHEMES):
            raise Refusal("BAD_USER_INPUT", f'"{address}" is no address: it begins with http:// or https://')
        try:
            version = version_in(
                Manifest.parse(manifest, "the manifest"), sdl, address=address, signature=signature.strip()
            )
        except ManifestError as error:
            raise Refusal("BAD_USER_INPUT", str(error)) from error
        await publisher.publish(version, By(str(context.subject), accept), accept)
        async with context.transaction() as session:
            details = {"accepted": accept} if accept else {}
            await record(session, context.subject, "module.published", str(version.id), details)
            await see_all_tenants(session)
            registry = await load_registry(session)
        return RegisteredModule.of(registry, version.id.module)
