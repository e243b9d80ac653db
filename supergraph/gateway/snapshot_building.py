"""From a document to a snapshot that may be served at once: trusted, valid, guarded, connected, warmed."""

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from supergraph.gateway.access_guard import UnguardedSupergraphError, refuse_unguarded
from supergraph.gateway.client_pool import Address, ClientPool
from supergraph.gateway.hooks import SupergraphDocument
from supergraph.gateway.pipeline.access_control import AccessControl
from supergraph.gateway.pipeline.limits import Limits
from supergraph.gateway.reloading import RefusedDocumentError, UnfitDocumentError
from supergraph.gateway.settings import ALL, CacheSettings, GatewaySettings, UnknownPolicies
from supergraph.gateway.shared_types import SharedTypes
from supergraph.gateway.snapshot import InvalidSnapshotError, Snapshot, build_snapshot
from supergraph.gateway.sources import SignatureCheck, UntrustedDocumentError
from supergraph.gateway.subgraph_clients import check_known, find_addresses
from supergraph.gateway.transport.http import InvalidAddressError
from supergraph.gateway.warming import Asked, warm
from supergraph.spec import cycle_collector_at_rest

_SHORT_WARMING: Final = 0.5
"""Seconds."""


@dataclass(frozen=True, slots=True)
class SnapshotBuilder:
    """Builds in whatever thread it is called. `addresses` are those that the document does not decide.

    Without `signatures` every document is trusted.
    """

    settings: GatewaySettings
    pool: ClientPool
    addresses: Mapping[str, Address]
    access: AccessControl
    has_identity: bool
    limits: Limits
    signatures: SignatureCheck | None = None
    shared: SharedTypes = field(default_factory=SharedTypes)

    def build(self, document: SupergraphDocument, hottest: Sequence[Asked] = ()) -> Snapshot:
        """A snapshot on which the hottest operations are ready. Raises RefusedDocumentError."""
        try:
            if self.signatures is not None:
                self.signatures.check(document)
            sdl = document.content.decode()
        except UnicodeDecodeError as error:
            raise RefusedDocumentError("the document is not a text in UTF-8") from error
        except UntrustedDocumentError as error:
            raise RefusedDocumentError(str(error)) from error
        snapshot = self._build(sdl, self.addresses)
        return self._warmed(snapshot, hottest, self.settings.supergraph.warm_seconds)

    def build_composed(
        self, sdl: str, addresses: Mapping[str, Address], hottest: Sequence[Asked] = ()
    ) -> Snapshot:
        """As `build`, of a document that was composed in this process: it needs no signature, and knows its addresses."""
        snapshot = self._build(sdl, {**self.addresses, **addresses}, self.shared)
        # A module that all have brings as many documents as there are sets, one after the other.
        return self._warmed(snapshot, hottest, min(self.settings.supergraph.warm_seconds, _SHORT_WARMING))

    def _build(
        self, sdl: str, addresses: Mapping[str, Address], shared: SharedTypes | None = None
    ) -> Snapshot:
        try:
            snapshot = _build_aged(sdl, self.settings.cache, shared)
        except RecursionError as error:
            raise RefusedDocumentError("the document is nested too deeply") from error
        except InvalidSnapshotError as error:
            raise RefusedDocumentError(str(error)) from error
        try:
            self._check_guarded(snapshot)
            found = find_addresses(snapshot.supergraph, addresses, self.settings.subgraphs, all_known=False)
            connected = self.pool.connect(found)
        except (UnguardedSupergraphError, InvalidAddressError) as error:
            raise UnfitDocumentError(str(error)) from error
        return replace(snapshot, client=connected, clients=connected.clients)

    def _warmed(self, snapshot: Snapshot, hottest: Sequence[Asked], seconds: float) -> Snapshot:
        warm(snapshot, hottest, self.limits, seconds, suggestions=self.settings.suggestions)
        return snapshot

    def check_names(self, snapshot: Snapshot) -> None:
        """Whether there are all subgraphs that are named anywhere. Raises InvalidAddressError."""
        find_addresses(snapshot.supergraph, self.addresses, self.settings.subgraphs)
        names = {graph.name for graph in snapshot.supergraph.graphs.values()}
        check_known(self.settings.headers.keys() - {ALL}, names, "headers of ")
        check_known(self.settings.response_headers.keys() - {ALL}, names, "response_headers of ")

    def _check_guarded(self, snapshot: Snapshot) -> None:
        refuse_unguarded(
            snapshot.access,
            has_identity=self.has_identity,
            policies=self.access.board.policies,
            deny_unknown_policies=self.settings.authorization.unknown_policies is UnknownPolicies.DENY,
        )


def _build_aged(sdl: str, cache: CacheSettings, shared: SharedTypes | None) -> Snapshot:
    """Raises InvalidSnapshotError.

    A new snapshot is hundreds of thousands of young objects, and Python's next search for cycles would look through all
    of them in one go, while every request waits. They are there to stay, so they are put among the old ones unseen;
    so is what a server has frozen at its start, and the old ones are looked through very rarely.
    """
    gc.collect(0)  # what is garbage already shall not be taken for old
    with cycle_collector_at_rest():
        snapshot = build_snapshot(sdl, cache, shared)
        gc.freeze()
        gc.unfreeze()
    return snapshot
