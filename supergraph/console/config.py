"""What a console is told of its gateway."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A login offered to everybody who opens the page: for demo data only, never a person's own."""

    email: str
    role: str
    password: str


@dataclass(frozen=True, slots=True)
class SignInProvider:
    """An OpenID provider that people may sign in by. `url` is where the browser leaves for it."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ConsoleConfig:
    """`endpoint` and `sign_in` are paths on the gateway's own origin: the content policy lets the page reach no other.

    Without `sign_in` nobody signs in, and the console offers an editor for headers instead.
    """

    title: str = "Dovetail"
    endpoint: str = "/graphql"
    sign_in: str | None = None
    providers: Sequence[SignInProvider] = ()
    demo_logins: Sequence[DemoLogin] = ()
    sample_query: str = "query Sample {\n  __typename\n}\n"

    def __post_init__(self) -> None:
        for path in (self.endpoint, self.sign_in):
            # A second slash would make it another host's address.
            if path is not None and (not path.startswith("/") or path.startswith("//")):
                raise ValueError(
                    f"the console can only reach its own gateway: {path!r} is not a path such as '/graphql'"
                )

    def to_json(self) -> dict[str, object]:
        """The shape that the page reads: `ConsoleConfig` in `source/src/config.ts`."""
        logins = [
            {"email": each.email, "role": each.role, "password": each.password} for each in self.demo_logins
        ]
        return {
            "title": self.title,
            "endpoint": self.endpoint,
            "signIn": self.sign_in,
            "providers": [{"title": each.title, "url": each.url} for each in self.providers],
            "demo": {"logins": logins} if logins else None,
            "sampleQuery": self.sample_query,
        }
