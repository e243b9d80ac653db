"""Typed settings, a file a section."""

from supergraph.gateway.settings.authorization import (
    AuthorizationMode,
    AuthorizationSettings,
    DenialPlacement,
    UnknownPolicies,
)
from supergraph.gateway.settings.cache import CacheSettings
from supergraph.gateway.settings.errands import ErrandSettings
from supergraph.gateway.settings.errors import ErrorSettings
from supergraph.gateway.settings.gateway import GatewaySettings
from supergraph.gateway.settings.headers import (
    HeaderRule,
    HeaderRules,
    Insert,
    Propagate,
    Remove,
    Return,
    ReturnRules,
)
from supergraph.gateway.settings.health import HealthDetails, HealthSettings
from supergraph.gateway.settings.http import (
    BatchingSettings,
    CompressionSettings,
    CorsSettings,
    CsrfSettings,
    HttpSettings,
)
from supergraph.gateway.settings.identity import (
    ApiKeyList,
    ApiKeySettings,
    ApiKeysSettings,
    ClaimSettings,
    IdentitySettings,
    IssuerSettings,
    SharedRevocationSettings,
)
from supergraph.gateway.settings.in_process import InProcessSettings
from supergraph.gateway.settings.introspection import IntrospectionSettings, Introspectors, Profile
from supergraph.gateway.settings.limits import LimitName, LimitProfile, LimitSettings
from supergraph.gateway.settings.logs import AccessLogSettings, LogSettings
from supergraph.gateway.settings.persisted import AutomaticSettings, PersistedSettings, UnknownOperations
from supergraph.gateway.settings.principal import PrincipalSettings
from supergraph.gateway.settings.rate_limits import (
    CostRateSettings,
    RateLimitSettings,
    RateSettings,
    WithoutStore,
)
from supergraph.gateway.settings.reading import PREFIX, InvalidSettingsError, Option, read_settings
from supergraph.gateway.settings.reference import print_reference, print_schema
from supergraph.gateway.settings.section import Secret, SettingsPath, UnreadableSecretError
from supergraph.gateway.settings.server import ServerSettings
from supergraph.gateway.settings.subgraphs import (
    ALL,
    BreakerSettings,
    SubgraphsByName,
    SubgraphSettings,
    settings_of,
)
from supergraph.gateway.settings.subscriptions import SubscriptionSettings
from supergraph.gateway.settings.supergraph import SupergraphSettings
from supergraph.gateway.settings.telemetry import (
    MetricSettings,
    OtlpSettings,
    PrometheusSettings,
    TelemetrySettings,
    TraceSettings,
)
from supergraph.gateway.settings.tenant_graphs import TenantGraphSettings
from supergraph.gateway.settings.usage import UsageSettings

__all__ = [
    "ALL",
    "PREFIX",
    "AccessLogSettings",
    "ApiKeyList",
    "ApiKeySettings",
    "ApiKeysSettings",
    "AuthorizationMode",
    "AuthorizationSettings",
    "AutomaticSettings",
    "BatchingSettings",
    "BreakerSettings",
    "CacheSettings",
    "ClaimSettings",
    "CompressionSettings",
    "CorsSettings",
    "CostRateSettings",
    "CsrfSettings",
    "DenialPlacement",
    "ErrandSettings",
    "ErrorSettings",
    "GatewaySettings",
    "HeaderRule",
    "HeaderRules",
    "HealthDetails",
    "HealthSettings",
    "HttpSettings",
    "IdentitySettings",
    "InProcessSettings",
    "Insert",
    "IntrospectionSettings",
    "Introspectors",
    "InvalidSettingsError",
    "IssuerSettings",
    "LimitName",
    "LimitProfile",
    "LimitSettings",
    "LogSettings",
    "MetricSettings",
    "Option",
    "OtlpSettings",
    "PersistedSettings",
    "PrincipalSettings",
    "Profile",
    "PrometheusSettings",
    "Propagate",
    "RateLimitSettings",
    "RateSettings",
    "Remove",
    "Return",
    "ReturnRules",
    "Secret",
    "ServerSettings",
    "SettingsPath",
    "SharedRevocationSettings",
    "SubgraphSettings",
    "SubgraphsByName",
    "SubscriptionSettings",
    "SupergraphSettings",
    "TelemetrySettings",
    "TenantGraphSettings",
    "TraceSettings",
    "UnknownOperations",
    "UnknownPolicies",
    "UnreadableSecretError",
    "UsageSettings",
    "WithoutStore",
    "print_reference",
    "print_schema",
    "read_settings",
    "settings_of",
]
