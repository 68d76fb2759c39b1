"""What the RFCs say: Authlib's authorization server, with our rows behind it. It knows no HTTP server, so the doors of
this slice and of consent both stand on it.

Authlib decides what RFC 6749, 7636, 7009 and 9207 say; `halo.oauth.tokens` and `grants` keep the state. Every response
is made inside one change, so that two processes which redeem the same code or refresh token take turns.
"""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import (
    AccessDeniedError,
    AuthorizationServer,
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter

from halo.ground.database import now
from halo.ground.settings import Settings
from halo.ground.wire import addresses
from halo.oauth import authorization, clients, registration, resources, tokens
from halo.oauth.models import Grant
from halo.oauth.rfc import sentences
from halo.oauth.rfc.adapters import HeldCode, HeldRefresh, KnownClient, OAuthRequest, ServerAnswer


class InvalidTarget(OAuth2Error):  # type: ignore[misc]
    """RFC 8707 section 2."""

    error = "invalid_target"
    description = "The resource is not an address of this server, or not the one that was agreed."


class Pkce(CodeChallenge):  # type: ignore[misc]
    """Required of everybody, S256 only."""

    SUPPORTED_CODE_CHALLENGE_METHOD = list(authorization.CODE_CHALLENGE_METHODS)


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """RFC 6749 section 4.1: at consent it makes the code, at the token endpoint it redeems it."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(registration.AUTH_METHODS)

    def create_authorization_response(self, redirect_uri: str, grant_user: Any) -> tuple[int, str, list[Any]]:
        """`grant_user` is what the person decided (`halo.consent.choice.Consented`), None for a refusal."""
        if grant_user is None:
            raise AccessDeniedError("The person did not allow it.", redirect_uri=redirect_uri)
        parameters = [("code", grant_user.code())]
        if state := self.request.payload.state:
            parameters.append(("state", state))
        return 302, "", [("Location", addresses.extended(redirect_uri, parameters))]

    def query_authorization_code(self, code: str, client: KnownClient) -> HeldCode | None:
        row = tokens.redeemable(code, client.row)
        return HeldCode(row, self.request.payload.redirect_uri) if row else None

    def validate_token_request(self) -> None:
        super().validate_token_request()
        code = self.request.authorization_code.row
        _check_resource(self.request, code.resource, code.grant)

    def authenticate_user(self, authorization_code: HeldCode) -> Any:
        return authorization_code.row.grant.person

    def generate_token(self, *_: Any, **__: Any) -> dict[str, Any]:
        code = self.request.authorization_code.row
        settings = self.request.settings
        return tokens.begin(code.grant, scope=code.scopes, resource=code.resource, settings=settings).wire()

    def save_token(self, token: dict[str, Any]) -> None:
        """`generate_token` stored the digests."""

    def delete_authorization_code(self, authorization_code: HeldCode) -> None:
        """Kept and marked, so that a second use is noticed."""
        authorization_code.row.used_at = now()


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """RFC 6749 section 6, with rotation and the replay window of `halo.oauth.tokens`."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(registration.AUTH_METHODS)

    def authenticate_refresh_token(self, refresh_token: str) -> HeldRefresh | None:
        row = tokens.usable_refresh(refresh_token, self.request.client.row)
        return HeldRefresh(row, refresh_token) if row else None

    def _validate_token_scope(self, token: HeldRefresh) -> None:
        if tokens.narrowed(token.row, self.request.payload.scope) is None:
            raise InvalidScopeError("A refresh may ask for less, not for more.")
        _check_resource(self.request, token.row.resource, token.row.grant)

    def authenticate_user(self, refresh_token: HeldRefresh) -> Any:
        return refresh_token.row.grant.person

    def issue_token(self, user: Any, refresh_token: HeldRefresh) -> dict[str, Any]:  # noqa: ARG002 - Authlib's
        scope = tokens.narrowed(refresh_token.row, self.request.payload.scope) or ""
        settings = self.request.settings
        return tokens.rotate(refresh_token.row, refresh_token.text, scope=scope, settings=settings).wire()

    def save_token(self, token: dict[str, Any]) -> None:
        """`issue_token` stored the digests."""

    def revoke_old_credential(self, refresh_token: HeldRefresh) -> None:
        """`issue_token` marked it; it is good for the same answer for a minute."""


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """RFC 7009. Idempotent; whatever the token was, the answer is 200. Without one it is an error (section 2.1)."""

    CLIENT_AUTH_METHODS = list(registration.AUTH_METHODS)

    def authenticate_endpoint_client(self, request: OAuthRequest) -> KnownClient | None:
        """A request that names no client at all is judged by its token alone (see `tokens.revoke`)."""
        if not request.form.get("client_id") and "Authorization" not in request.headers:
            return None
        client: KnownClient = super().authenticate_endpoint_client(request)
        return client

    def check_params(self, request: OAuthRequest, client: KnownClient | None) -> None:  # noqa: ARG002 - Authlib's
        """Hints are not needed, unknown ones do not matter (RFC 7009 section 2.2.1)."""
        if not request.form.get("token"):
            raise InvalidRequestError(sentences.MISSING.format("token"))

    def authenticate_token(self, request: OAuthRequest, client: KnownClient | None) -> None:
        self.check_params(request, client)
        tokens.revoke(request.form["token"], client.row if client else None)


class Issuer(IssuerParameter):  # type: ignore[misc]
    """RFC 9207: `iss` in every authorization response, errors too, byte-equal to the metadata."""

    def __init__(self, server: OAuthServer) -> None:
        self._issuer = server.settings.base_url
        super().__call__(server)

    def add_issuer_parameter(self, _server: OAuthServer, response: ServerAnswer) -> None:
        if response.location:
            response.headers["Location"] = addresses.extended(response.location, [("iss", self._issuer)])


class OAuthServer(AuthorizationServer):  # type: ignore[misc]
    """The server for these settings; holds nothing else and is made for each request."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.register_grant(CodeGrant, [Pkce(required=True)])
        self.register_grant(RefreshGrant)
        self.register_endpoint(Revocation)
        self.register_extension(Issuer)

    def query_client(self, client_id: str) -> KnownClient | None:
        row = clients.find(client_id)
        return KnownClient(row) if row else None

    def save_token(self, token: dict[str, Any], request: OAuthRequest) -> None:
        """The grants store their own."""

    def create_oauth2_request(self, request: OAuthRequest) -> OAuthRequest:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> ServerAnswer:
        return ServerAnswer(status, body, dict(headers))

    def handle_error_response(self, request: OAuthRequest, error: OAuth2Error) -> ServerAnswer:
        if error.redirect_uri:
            location = addresses.extended(error.redirect_uri, error.get_body())
            return ServerAnswer(302, "", {"Location": location})
        if isinstance(error, InvalidClientError):
            error.status_code = 401  # RFC 6749 section 5.2
        error.description = sentences.sentence_for(error, request.named)
        return self.handle_response(*error())

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""


def _check_resource(request: OAuthRequest, agreed: str, grant: Grant) -> None:
    """RFC 8707 section 2.2: absent means what was agreed; otherwise an address that the token will serve anyway."""
    for named in request.payload.datalist.get("resource", ()):
        slug = grant.workspace.slug
        if named and not resources.serves(request.settings, agreed, named, workspace_slug=slug):
            raise InvalidTarget
