"""Where supergraph documents come from, whether they are to be trusted, and the last one that was good."""

from supergraph.gateway.sources.address import SupergraphAddress
from supergraph.gateway.sources.configured import configured_source
from supergraph.gateway.sources.file import SupergraphFile
from supergraph.gateway.sources.given import GivenSupergraph
from supergraph.gateway.sources.last_good import LastGood
from supergraph.gateway.sources.pushed import PushedSupergraph
from supergraph.gateway.sources.signature import SignatureCheck, UntrustedDocumentError

__all__ = [
    "GivenSupergraph",
    "LastGood",
    "PushedSupergraph",
    "SignatureCheck",
    "SupergraphAddress",
    "SupergraphFile",
    "UntrustedDocumentError",
    "configured_source",
]
