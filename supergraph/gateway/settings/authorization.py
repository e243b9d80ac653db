"""What becomes of what a caller may not see."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field, PositiveFloat

from supergraph.gateway.settings.section import Settings


class AuthorizationMode(StrEnum):
    """What is done with an operation that asks for more than its caller may see."""

    FILTER = "filter"
    REJECT = "reject"
    DRY_RUN = "dry_run"


class DenialPlacement(StrEnum):
    """Where clients are told what they were denied."""

    ERRORS = "errors"
    EXTENSIONS = "extensions"
    OFF = "off"


class UnknownPolicies(StrEnum):
    """What is done with a graph that asks for a policy that nobody decides."""

    REFUSE = "refuse"
    DENY = "deny"


class AuthorizationSettings(Settings):
    """What becomes of what a caller may not see, and who decides the policies of `@policy`."""

    mode: AuthorizationMode = Field(
        default=AuthorizationMode.FILTER,
        description="`filter` answers without the denied fields, `reject` refuses the whole operation with status 403, "
        "`dry_run` gives everything and only tells what would be denied.",
    )
    errors: DenialPlacement = Field(
        default=DenialPlacement.ERRORS,
        description="Where denied paths are listed: in `errors`, in `extensions.authorizationErrors`, or not at all "
        "(`off`). A dry run never lists them in `errors`.",
    )
    log: bool = Field(
        default=True,
        description="Whether denials are logged, where no audit keeps them; their ids are looked up there.",
    )
    policies: Mapping[str, str] = Field(
        default={},
        description="The function that decides each policy of `@policy`, as `package.module:name`, by the policy's name.",
    )
    unknown_policies: UnknownPolicies = Field(
        default=UnknownPolicies.REFUSE,
        description="What is done with a supergraph that names a policy without a function: `refuse` to serve it, or "
        "`deny` the policy to everybody.",
    )
    policy_seconds: PositiveFloat = Field(
        default=2.0,
        description="How many seconds the policies of one operation may take together; what is not decided is denied.",
    )
    hide_denied: bool = Field(
        default=False,
        description="Whether what a caller's scopes do not open does not exist for that caller: introspection leaves it "
        "out, and asking for it is the same mistake as asking for what is unknown.",
    )
