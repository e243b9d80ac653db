"""The source that the settings name."""

from collections.abc import Callable

from supergraph.gateway.hooks import SupergraphSource, SupergraphUnavailableError
from supergraph.gateway.settings import Secret, SupergraphSettings, UnreadableSecretError
from supergraph.gateway.sources.address import SupergraphAddress, no_token
from supergraph.gateway.sources.file import SupergraphFile


def configured_source(settings: SupergraphSettings) -> SupergraphSource | None:
    """None where no document is named."""
    if settings.address is not None:
        return SupergraphAddress(
            settings.address,
            seconds=settings.address_seconds,
            longest_seconds=settings.longest_seconds,
            timeout_seconds=settings.timeout_seconds,
            document_bytes=settings.document_bytes,
            token=no_token if settings.token is None else _reading(settings.token),
        )
    if settings.file is not None:
        return SupergraphFile(settings.file, settings.file_seconds, settings.document_bytes)
    return None


def _reading(token: Secret) -> Callable[[], str]:
    def read() -> str:
        try:
            return token.read()
        except UnreadableSecretError as error:
            raise SupergraphUnavailableError(f"the supergraph's token: {error}") from error

    return read
