"""The console: GraphiQL with sign-in and a tenant switch, from files of our own; the gateway serves it at `/`."""

from supergraph.console.app import console_app
from supergraph.console.config import ConsoleConfig, DemoLogin, SignInProvider

__all__ = ["ConsoleConfig", "DemoLogin", "SignInProvider", "console_app"]
