"""@link: the addresses of the specifications that documents link. Spec: https://specs.apollo.dev/link/v1.0."""

from typing import Final

LINK: Final = "https://specs.apollo.dev/link"
CORE: Final = "https://specs.apollo.dev/core"
JOIN: Final = "https://specs.apollo.dev/join"
FEDERATION: Final = "https://specs.apollo.dev/federation"
TAG: Final = "https://specs.apollo.dev/tag"
INACCESSIBLE: Final = "https://specs.apollo.dev/inaccessible"
AUTHENTICATED: Final = "https://specs.apollo.dev/authenticated"
REQUIRES_SCOPES: Final = "https://specs.apollo.dev/requiresScopes"
POLICY: Final = "https://specs.apollo.dev/policy"
COST: Final = "https://specs.apollo.dev/cost"
CONTEXT: Final = "https://specs.apollo.dev/context"
CACHE_TAG: Final = "https://specs.apollo.dev/cacheTag"
CONNECT: Final = "https://specs.apollo.dev/connect"
