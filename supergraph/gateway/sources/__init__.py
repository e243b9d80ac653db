"""Where supergraph documents come from, whether they are to be trusted, and the last one that was good."""

from supergraph.gateway.sources.address import SupergraphAddress
from supergraph.gateway.sources.configured import configured_source
from supergraph.gateway.sources.file import SupergraphFile
from supergraph.gateway.sources.given import GivenSupergraph
from supergraph.gateway.sources.last_good import LastGood
from supergraph.gateway.sources.pushed import PushedSupergraph
from supergraph.gateway.sources.signature import (
    InvalidKeyError,
    SignatureCheck,
    UntrustedDocumentError,
    read_public_keys,
    sign_content,
)

__all__ = [
    "GivenSupergraph",
    "InvalidKeyError",
    "LastGood",
    "PushedSupergraph",
    "SignatureCheck",
    "SupergraphAddress",
    "SupergraphFile",
    "UntrustedDocumentError",
    "configured_source",
    "read_public_keys",
    "sign_content",
]
