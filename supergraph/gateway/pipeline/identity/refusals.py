"""Why a caller is not taken, as clients are told: enough to mend it, nothing of what would have been right. RFC 6750, 3."""

from typing import Final

from supergraph.gateway.errors import Refusal, refuse
from supergraph.spec import RequestCode


def not_taken(reason: str) -> Refusal:
    """A credential that does not hold. `reason` has neither quotes nor anything of the credential itself."""
    return refuse(
        401,
        f"Not signed in: {reason}.",
        RequestCode.UNAUTHENTICATED,
        www_authenticate=f'Bearer error="invalid_token", error_description="{reason}"',
    )


EXPIRED: Final = not_taken("the token has expired")
REVOKED: Final = not_taken("what was shown has been revoked")

MISSING: Final = refuse(
    401,
    "Not signed in: this gateway answers nobody without a token or an API key.",
    RequestCode.UNAUTHENTICATED,
    www_authenticate="Bearer",
)
"""Where nothing was shown, the challenge says what to show and no error."""

OTHER_SCHEME: Final = refuse(
    401,
    "Not signed in: the header `authorization` must be `Bearer` and a token.",
    RequestCode.UNAUTHENTICATED,
    www_authenticate="Bearer",
)

AMBIGUOUS: Final = refuse(
    400,
    "Who asks must be said once: by one header `authorization`, or by one header `x-api-key`.",
    www_authenticate='Bearer error="invalid_request", error_description="more than one credential"',
)

UNAVAILABLE: Final = refuse(
    503,
    "Who asks cannot be checked at the moment; try again soon.",
    RequestCode.IDENTITY_UNAVAILABLE,
    retry_after="5",
)
