"""Requests, answers and rows in the shape that Authlib asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.util import extract_basic_authorization

from halo.ground.settings import Settings
from halo.oauth import clients, registration
from halo.oauth.models import AuthorizationCode, OAuthClient, Token


class Parameters(Protocol):
    """Parameters of a request, each with all of its values: what doors have is one (Werkzeug's `MultiDict`)."""

    def __iter__(self) -> Iterator[str]: ...
    def __getitem__(self, name: str, /) -> str: ...
    def get(self, name: str, /) -> str | None: ...
    def getlist(self, name: str, /) -> list[str]: ...


@dataclass
class ServerAnswer:
    """What the server answers; a door makes it its response."""

    status: int
    body: Any
    """A mapping for JSON, else a text."""
    headers: dict[str, str]

    @property
    def location(self) -> str | None:
        """Where the browser is sent, if anywhere."""
        return self.headers.get("Location")


class SentParameters(OAuth2Payload):  # type: ignore[misc]
    """The parameters of a request; those of the address never mix with those of the form."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters

    @property
    def data(self) -> Parameters:
        return self._parameters

    @property
    def datalist(self) -> dict[str, list[str]]:
        return {name: self._parameters.getlist(name) for name in self._parameters}


class OAuthRequest(OAuth2Request):  # type: ignore[misc]
    """A request as Authlib wants it, under the address by which people reach Halo."""

    def __init__(self, settings: Settings, method: str, parameters: Parameters, headers: Any = None) -> None:
        super().__init__(method=method, uri=settings.base_url, headers=headers)
        self.settings = settings
        self.payload = SentParameters(parameters)
        self._parameters = parameters

    @property
    def args(self) -> Parameters:
        return self._parameters

    @property
    def form(self) -> Parameters:
        return self._parameters

    @property
    def named(self) -> str | None:
        """The client id that the request bears, in its form or its Authorization header, proved or not."""
        basic, _ = extract_basic_authorization(self.headers or {})
        return self._parameters.get("client_id") or basic


@dataclass(frozen=True)
class KnownClient(ClientMixin):  # type: ignore[misc]
    """A client's row, answering Authlib's questions."""

    row: OAuthClient

    def get_client_id(self) -> str:
        return self.row.client_id

    def get_default_redirect_uri(self) -> str | None:
        return self.row.redirect_uris[0] if len(self.row.redirect_uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str:
        return scope or ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return clients.is_answered_at(self.row, redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        return clients.has_secret(self.row, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - one for all
        return self.row.token_endpoint_auth_method == method

    def check_response_type(self, response_type: str) -> bool:
        return response_type in registration.RESPONSE_TYPES

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in registration.GRANT_TYPES


@dataclass(frozen=True)
class HeldCode:
    """A code's row, answering Authlib's questions."""

    row: AuthorizationCode
    asked: str | None
    """The redirect URI that the token request names."""

    @property
    def code_challenge(self) -> str:
        return self.row.code_challenge

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str | None:
        """What the named one has to equal; OAuth 2.1 clients name none, and PKCE binds the code."""
        return self.row.redirect_uri if self.asked else None

    def get_scope(self) -> str:
        return self.row.scopes


@dataclass(frozen=True)
class HeldRefresh:
    """A refresh token's row and its text."""

    row: Token
    text: str

    def check_client(self, client: KnownClient) -> bool:
        return self.row.grant.client_row_id == client.row.id

    def get_scope(self) -> str:
        return self.row.scopes
