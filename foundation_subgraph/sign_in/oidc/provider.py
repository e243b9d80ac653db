"""A provider, spoken to: where it is asked who somebody is, and what it answers. Authorization code with PKCE."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from foundation_subgraph.sign_in.oidc.discovery import Discovery, Metadata, ProviderTroubleError, fetch_json
from foundation_subgraph.sign_in.oidc.id_tokens import (
    Identity,
    InvalidIdTokenError,
    UnfitKeysError,
    check_id_token,
    read_identity,
)
from foundation_subgraph.sign_in.oidc.refusals import (
    id_token_invalid,
    provider_refused,
    provider_unavailable,
)
from foundation_subgraph.sign_in.oidc.settings import OidcProvider
from supergraph.spec import UnreadableSecretError

_log = logging.getLogger(__name__)
_FORM: Final = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Question:
    """One visit to a provider: what only we and the browser that began it know."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Response:
    """What a browser brought back from a provider, as it came: anybody could have written it."""

    code: str | None = None
    error: str | None = None
    issuer: str | None = None


class Provider:
    """Asks one provider. `wall_clock` tells seconds since the epoch, `clock` seconds that never go back."""

    def __init__(
        self,
        settings: OidcProvider,
        *,
        wall_clock: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings: Final = settings
        self._wall_clock: Final = wall_clock
        self._discovery: Final = Discovery(settings, clock)

    async def authorization_url(self, question: Question) -> str:
        """Where to send the browser. Refuses where the provider is away."""
        metadata = await self._metadata()
        url: str = prepare_grant_uri(
            metadata.authorization_endpoint,
            client_id=self.settings.client_id,
            response_type="code",
            redirect_uri=question.redirect_uri,
            scope=" ".join(self.settings.scopes),
            state=question.state,
            nonce=question.nonce,
            code_challenge=create_s256_code_challenge(question.verifier),
            code_challenge_method="S256",
        )
        return url

    async def identify(self, question: Question, response: Response) -> Identity:
        """Whom the provider has signed in. Refuses whatever is not proved."""
        title = self.settings.title
        metadata = await self._metadata()
        # RFC 9207. An answer of another provider's would have us show its code, and ours, to the wrong one.
        if response.issuer != self.settings.issuer and (response.issuer is not None or metadata.names_issuer):
            _log.warning("%s: an answer in the name of another issuer", self.settings.name)
            raise id_token_invalid(title)
        if response.error is not None or not response.code:
            raise provider_refused(title)
        try:
            tokens = await self._exchange(metadata, question, response.code)
            claims = await self._check(tokens, question)
            return read_identity(self.settings, claims, await self._person(metadata, claims, tokens))
        except InvalidIdTokenError as error:
            _log.warning("%s: an ID token is refused: %s", self.settings.name, error)
            raise id_token_invalid(title) from error
        except ProviderTroubleError as error:
            raise self._trouble(error) from error

    async def _metadata(self) -> Metadata:
        try:
            return await self._discovery.metadata()
        except ProviderTroubleError as error:
            raise self._trouble(error) from error

    async def _exchange(self, metadata: Metadata, question: Question, code: str) -> Mapping[str, Any]:
        """The tokens for a code, which is worth nothing without the verifier."""
        form = prepare_token_request(
            "authorization_code",
            code=code,
            redirect_uri=question.redirect_uri,
            code_verifier=question.verifier,
        )
        url, headers, body = self._client_auth(metadata).prepare(
            "POST", metadata.token_endpoint, dict(_FORM), form
        )
        answer = await fetch_json("POST", url, headers=headers, body=body)
        if answer.status == 200:
            return answer.body
        if answer.body.get("error") == "invalid_grant":
            raise provider_refused(self.settings.title)
        # Whatever else it is, the person can do nothing about it: our client id or secret, most of all.
        raise ProviderTroubleError(
            f"the code was answered by {answer.status} {answer.body.get('error')!r:.60}"
        )

    def _client_auth(self, metadata: Metadata) -> ClientAuth:
        secret = self.settings.client_secret
        if secret is None:
            return ClientAuth(self.settings.client_id, None, "none")
        method = "client_secret_basic" if metadata.takes_basic else "client_secret_post"
        try:
            return ClientAuth(self.settings.client_id, secret.read(), method)
        except UnreadableSecretError as error:
            raise ProviderTroubleError(str(error)) from error

    async def _check(self, tokens: Mapping[str, Any], question: Question) -> Mapping[str, Any]:
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise InvalidIdTokenError("the provider gave no ID token, or no access token")
        keys = await self._discovery.keys()
        expected: dict[str, Any] = {
            "nonce": question.nonce,
            "access_token": access_token,
            "now": self._wall_clock(),
        }
        try:
            return check_id_token(id_token, keys, self.settings, **expected)
        except UnfitKeysError:
            # Issuers replace their keys: what is not known may be new.
            fresh = await self._discovery.keys(other_than=keys)
            if fresh is keys:
                raise
            return check_id_token(id_token, fresh, self.settings, **expected)

    async def _person(
        self, metadata: Metadata, claims: Mapping[str, Any], tokens: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Where e-mail and name stand: in the ID token, else at the user info, and never some of each."""
        if "email" in claims or "email" not in self.settings.scopes or metadata.userinfo_endpoint is None:
            return claims
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        answer = await fetch_json("GET", metadata.userinfo_endpoint, headers=bearer)
        if answer.status != 200:
            raise ProviderTroubleError(f"the user info was answered by {answer.status}")
        return answer.body

    def _trouble(self, error: ProviderTroubleError) -> Exception:
        _log.error("%s: %s", self.settings.name, error)
        return provider_unavailable(self.settings.title)
