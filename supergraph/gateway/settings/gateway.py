"""All settings of a gateway."""

from typing import Final

from pydantic import Field, ValidationInfo, field_validator

from supergraph.gateway.settings.authorization import AuthorizationSettings
from supergraph.gateway.settings.cache import CacheSettings
from supergraph.gateway.settings.errands import ErrandSettings
from supergraph.gateway.settings.errors import ErrorSettings
from supergraph.gateway.settings.headers import HeaderRules, ReturnRules
from supergraph.gateway.settings.health import HealthSettings
from supergraph.gateway.settings.http import HttpSettings
from supergraph.gateway.settings.identity import IdentitySettings
from supergraph.gateway.settings.in_process import InProcessSettings
from supergraph.gateway.settings.introspection import IntrospectionSettings, Introspectors, Profile
from supergraph.gateway.settings.limits import LimitSettings
from supergraph.gateway.settings.logs import LogSettings
from supergraph.gateway.settings.persisted import PersistedSettings
from supergraph.gateway.settings.principal import PrincipalSettings
from supergraph.gateway.settings.rate_limits import RateLimitSettings
from supergraph.gateway.settings.section import Settings
from supergraph.gateway.settings.server import ServerSettings
from supergraph.gateway.settings.subgraphs import SubgraphsByName
from supergraph.gateway.settings.subscriptions import SubscriptionSettings
from supergraph.gateway.settings.supergraph import SupergraphSettings
from supergraph.gateway.settings.telemetry import TelemetrySettings
from supergraph.gateway.settings.tenant_graphs import TenantGraphSettings
from supergraph.gateway.settings.usage import UsageSettings

HEALTH_PATH: Final = "/health"
READY_PATH: Final = "/ready"
OWN_PATHS: Final = frozenset({HEALTH_PATH, READY_PATH})


class GatewaySettings(Settings):
    """All settings of a gateway; what is not set has a default that is safe on the open internet."""

    profile: Profile = Field(
        default=Profile.PUBLIC,
        description="Whom the gateway is for: `public`, or `console` for people at work on the graph. It decides who "
        "may introspect and whether errors suggest names, where that is not set.",
    )
    path: str = Field(
        default="/graphql", pattern=r"^/[^\s?#]*$", description="The path of the GraphQL endpoint."
    )
    supergraph: SupergraphSettings = SupergraphSettings()
    tenant_graphs: TenantGraphSettings = TenantGraphSettings()
    server: ServerSettings = ServerSettings()
    http: HttpSettings = HttpSettings()
    identity: IdentitySettings = IdentitySettings()
    principal: PrincipalSettings = PrincipalSettings()
    errands: ErrandSettings = ErrandSettings()
    persisted_operations: PersistedSettings = PersistedSettings()
    introspection: IntrospectionSettings = IntrospectionSettings()
    authorization: AuthorizationSettings = AuthorizationSettings()
    limits: LimitSettings = LimitSettings()
    rate_limits: RateLimitSettings = RateLimitSettings()
    subgraphs: SubgraphsByName = Field(
        default={}, description="How each subgraph is spoken to, by its name; `*` is for all."
    )
    share_equal_queries: bool = Field(
        default=False,
        description="Whether equal queries in flight, of one caller and with equal variables, are executed once; never "
        "where headers of subgraphs' answers are given to clients, and where headers are sent to subgraphs only if all "
        "of the clients' headers are equal.",
    )
    in_process: InProcessSettings = InProcessSettings()
    subscriptions: SubscriptionSettings = SubscriptionSettings()
    errors: ErrorSettings = ErrorSettings()
    health: HealthSettings = HealthSettings()
    cache: CacheSettings = CacheSettings()
    headers: HeaderRules = Field(
        default={},
        description="Headers sent to subgraphs, by a subgraph's name; the rules under `*` are for all and come first.",
    )
    response_headers: ReturnRules = Field(
        default={},
        description="Headers of subgraphs' answers given to clients, by a subgraph's name; `*` stands for all.",
    )
    telemetry: TelemetrySettings = TelemetrySettings()
    usage: UsageSettings = UsageSettings()
    logs: LogSettings = LogSettings()
    hooks: tuple[str, ...] = Field(
        default=(),
        description="Hooks of your own, as `package.module:name`: an object that has the methods of a hook point, or "
        "a class or function that makes one without arguments.",
    )

    @field_validator("path")
    @classmethod
    def _leaves_our_own_paths(cls, path: str) -> str:
        if path in OWN_PATHS:
            raise ValueError(f"{path} tells of the gateway itself; the endpoint needs another path")
        return path

    @field_validator("telemetry")
    @classmethod
    def _has_a_path_of_its_own(cls, telemetry: TelemetrySettings, info: ValidationInfo) -> TelemetrySettings:
        path = telemetry.metrics.prometheus.path
        if path is not None and path in {info.data.get("path"), *OWN_PATHS}:
            raise ValueError(f"metrics.prometheus.path: something else is served at {path}; choose another")
        return telemetry

    @property
    def introspectors(self) -> Introspectors:
        """Who may introspect: as set, else as the profile has it."""
        by_profile = Introspectors.EVERYBODY if self.profile is Profile.CONSOLE else Introspectors.SIGNED_IN
        return self.introspection.callers or by_profile

    @property
    def suggestions(self) -> bool:
        """Whether errors may suggest names: as set, else as the profile has it."""
        wanted = self.introspection.suggestions
        return self.profile is Profile.CONSOLE if wanted is None else wanted
