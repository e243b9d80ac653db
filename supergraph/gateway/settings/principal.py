"""What subgraphs are told of who asks."""

from pydantic import Field

from supergraph.gateway.settings.section import Secret, Settings


class PrincipalSettings(Settings):
    """The signed principal that subgraphs are given with each request."""

    key: Secret | None = Field(
        default=None,
        description="The Ed25519 private key that it is signed with, in PEM form. Without one, subgraphs over HTTP are "
        "told nothing of who asks.",
    )
