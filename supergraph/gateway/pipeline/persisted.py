"""Hash or id -> document: registered operations, and automatic persisted queries.

Spec: GraphQL over HTTP, appendix A (`documentId`), and Apollo's `extensions.persistedQuery`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import structlog

from supergraph.gateway.errors import Refusal, refuse, refuse_operation
from supergraph.gateway.hooks import GraphQLRequest, OperationManifest, OperationStore
from supergraph.gateway.hooks.builtin.operation_manifest import InvalidManifestError, read_manifest
from supergraph.gateway.hooks.builtin.operation_store import MemoryStore, RedisStore
from supergraph.gateway.hooks.gathering import Hooks
from supergraph.gateway.settings import AutomaticSettings, PersistedSettings, UnknownOperations
from supergraph.spec import RequestCode

_log = structlog.stdlib.get_logger("dovetail.gateway")

_PREFIX: Final = "sha256:"
_HASH_CHARACTERS: Final = 64
_LONGEST_ID: Final = 512

# The messages of these two are part of the protocol: clients wait for them.
_NOT_FOUND: Final = refuse_operation(RequestCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
_NOT_SUPPORTED: Final = refuse_operation(
    RequestCode.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported"
)
_NOT_IN_LIST: Final = refuse_operation(
    RequestCode.PERSISTED_QUERY_NOT_IN_LIST, "No registered operation has this id."
)
_NOT_IN_SAFELIST: Final = refuse_operation(
    RequestCode.QUERY_NOT_IN_SAFELIST, "The operation is not a registered one, and others are not taken here."
)
_ID_REQUIRED: Final = refuse_operation(
    RequestCode.PERSISTED_QUERY_ID_REQUIRED,
    "Operations are taken by their registered id alone, without a text.",
)
_MISMATCH: Final = refuse(
    400, "The text is not the one that the hash or id stands for.", RequestCode.PERSISTED_QUERY_HASH_MISMATCH
)


@dataclass(frozen=True, slots=True)
class PersistedOperations:
    """What is known of operations beforehand. Without a `store` there are no automatic persisted queries."""

    manifest: OperationManifest | None = None
    store: OperationStore | None = None
    unknown: UnknownOperations = UnknownOperations.ALLOW
    require_id: bool = False

    @property
    def looks_at_texts(self) -> bool:
        """Whether a request that names no id is of any interest."""
        return self.unknown is not UnknownOperations.ALLOW


def read_persisted_operations(settings: PersistedSettings, hooks: Hooks) -> PersistedOperations:
    """A stranger's manifest or store stands in the place of ours. Raises InvalidManifestError, UnreadableSecretError."""
    manifest = hooks.manifest
    if manifest is None and settings.manifest is not None:
        manifest = read_manifest(settings.manifest)
    if manifest is None and settings.unknown is UnknownOperations.REFUSE:
        raise InvalidManifestError(
            "persisted_operations.unknown is `refuse` and there is no manifest: nothing could ever be asked"
        )
    automatic = settings.automatic.enabled and settings.unknown is not UnknownOperations.REFUSE
    return PersistedOperations(
        manifest,
        (hooks.store or _own_store(settings.automatic)) if automatic else None,
        settings.unknown,
        settings.require_id,
    )


def _own_store(settings: AutomaticSettings) -> OperationStore:
    near = MemoryStore(entries=settings.entries, size=settings.bytes)
    if settings.redis is None:
        return near
    from redis.asyncio import Redis  # noqa: PLC0415 - an extra, loaded only where it is configured

    return RedisStore(
        Redis.from_url(settings.redis.read()),
        near,
        seconds=settings.redis_seconds,
        timeout=settings.redis_timeout_seconds,
    )


def read_persisted_id(document_id: object, extensions: Mapping[str, object] | None) -> str | Refusal | None:
    """By what a request calls its document. A hash is the same id in either form."""
    if document_id is not None:
        if not isinstance(document_id, str) or not 0 < len(document_id) <= _LONGEST_ID:
            return refuse(400, f"`documentId` must be a string of 1 to {_LONGEST_ID} characters.")
        return document_id.removeprefix(_PREFIX)
    persisted = extensions.get("persistedQuery") if extensions else None
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or persisted.get("version") != 1:
        return refuse(400, "`extensions.persistedQuery` must be an object with `version: 1`.")
    given = persisted.get("sha256Hash")
    if not isinstance(given, str) or not 0 < len(given) <= _LONGEST_ID:
        return refuse(
            400, f"`extensions.persistedQuery.sha256Hash` must be a string of 1 to {_LONGEST_ID} characters."
        )
    return given


async def find_document(request: GraphQLRequest, persisted: PersistedOperations) -> GraphQLRequest | Refusal:
    """The request with the text of its document. Limits and rules hold for it as for any other text."""
    if request.persisted_id is None:
        if persisted.looks_at_texts:
            return _check_text(request, persisted)
        return request
    manifest = persisted.manifest
    registered = None if manifest is None else manifest.registered_text(request.persisted_id)
    if registered is not None:
        if request.query and request.query != registered:
            return _MISMATCH
        if request.query and persisted.require_id and persisted.unknown is UnknownOperations.REFUSE:
            return _ID_REQUIRED
        return replace(request, query=registered)
    if persisted.unknown is UnknownOperations.REFUSE:
        # By its exact text an operation is as well known as by its id.
        return _check_text(request, persisted) if request.query else _NOT_IN_LIST
    if persisted.store is None:
        return _check_text(request, persisted) if request.query else _NOT_SUPPORTED
    found = await _find_automatic(request, request.persisted_id, persisted.store)
    return found if isinstance(found, Refusal) else _check_text(found, persisted)


def _check_text(request: GraphQLRequest, persisted: PersistedOperations) -> GraphQLRequest | Refusal:
    match persisted.unknown:
        case UnknownOperations.ALLOW:
            return request
        case UnknownOperations.LOG:
            if persisted.manifest is None or not persisted.manifest.is_registered(request.query):
                _log.warning(
                    "an operation that is not registered",
                    operation=request.operation_name,
                    sha256=_hash(request.query),
                )
            return request
        case UnknownOperations.REFUSE:
            if persisted.require_id:
                return _ID_REQUIRED
            if persisted.manifest is None or not persisted.manifest.is_registered(request.query):
                return _NOT_IN_SAFELIST
            return request


async def _find_automatic(
    request: GraphQLRequest, sha256: str, store: OperationStore
) -> GraphQLRequest | Refusal:
    if request.query:
        if _hash(request.query) != sha256:
            return _MISMATCH
        try:
            await store.store_text(sha256, request.query)
        except Exception:  # noqa: BLE001 - the store's fault is not the client's: its text is here
            _log.exception("a text could not be kept")
        return request
    if len(sha256) != _HASH_CHARACTERS:
        return _NOT_FOUND
    try:
        text = await store.load_text(sha256)
    except Exception:  # noqa: BLE001 - the client can send the text
        _log.exception("a text could not be looked up")
        return _NOT_FOUND
    # Others may write to a shared store: what is executed is what the client named, or nothing.
    if text is None or _hash(text) != sha256:
        return _NOT_FOUND
    return replace(request, query=text)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
