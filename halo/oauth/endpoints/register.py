"""Dynamic client registration (RFC 7591), open to everybody: small, cheap, limited by address.

A job forgets what nobody used (`halo.oauth.jobs`). Registering twice gives two clients: hosted clients do that on every
connect (S-15). No `registration_client_uri` is handed out, because RFC 7592 is not served (S-20).
"""

from __future__ import annotations

import time
from typing import Any

from authlib.oauth2.rfc7591 import ClientMetadataClaims, ClientRegistrationEndpoint
from flask import Response, request
from joserfc.errors import ClaimError
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from halo import web
from halo.ground import limits
from halo.ground.errors import Mistake
from halo.ground.wire import bounded
from halo.oauth import clients, registration, steps
from halo.oauth.endpoints import OAUTH_PATH, error, expose
from halo.oauth.endpoints.server import Server
from halo.web import OAUTH, door, limiter


class Claims(ClientMetadataClaims):  # type: ignore[misc]
    """Authlib's checks of metadata that `registration.clean` made safe; echoes `application_type` too."""

    REGISTERED_CLAIMS = [*ClientMetadataClaims.REGISTERED_CLAIMS, "application_type"]


class Registration(ClientRegistrationEndpoint):  # type: ignore[misc]
    """Halo's answers to Authlib's questions."""

    def __init__(self, metadata: dict[str, Any], ignored: list[dict[str, str]]) -> None:
        super().__init__(Server(web.settings()), [Claims])
        self._metadata, self._ignored = metadata, ignored

    def authenticate_token(self, request: Any) -> bool:  # noqa: ARG002 - Authlib's
        """Anybody may register."""
        return True

    def extract_client_metadata(self, request: Any) -> dict[str, Any]:  # noqa: ARG002 - Authlib's
        claims = Claims(self._metadata, {}, Claims.get_claims_options(self.get_server_metadata()))
        claims.validate()
        return dict(claims.get_registered_claims())

    def get_server_metadata(self) -> dict[str, Any]:
        return {
            "grant_types_supported": list(registration.GRANT_TYPES),
            "response_types_supported": list(registration.RESPONSE_TYPES),
            "token_endpoint_auth_methods_supported": list(registration.AUTH_METHODS),
        }

    def generate_client_info(self, request: Any) -> dict[str, Any]:  # noqa: ARG002 - Authlib's
        """Whole seconds, and a secret only for who authenticates with one (S-20)."""
        info = {"client_id": clients.new_client_id(), "client_id_issued_at": int(time.time())}
        if self._metadata["token_endpoint_auth_method"] == "none":  # noqa: S105 - a method's name
            return info
        return info | {"client_secret": clients.new_secret(), "client_secret_expires_at": 0}

    def generate_client_registration_info(self, client: Any, request: Any) -> dict[str, Any]:  # noqa: ARG002
        """What was not registered, beside what was."""
        return {"ignored_redirect_uris": self._ignored} if self._ignored else {}

    def save_client(self, client_info: dict[str, Any], client_metadata: dict[str, Any], request: Any) -> Any:
        secret = client_info.get("client_secret")
        return clients.register(client_info["client_id"], secret, client_metadata, address=request.remote_addr or "")


@expose(f"{OAUTH_PATH}/register", "/register", method="POST")
@limiter.shared_limit(limits.REGISTRATIONS, scope="register")
@door(OAUTH)
def register() -> Any:
    """201 with what was registered and what was not, or an RFC 7591 3.2.2 error."""
    try:
        request.max_content_length = registration.BODY_BYTES
        bounded.check(request.get_data())
        said = request.get_json(force=True)
        metadata, ignored = registration.clean(said), registration.ignored(said)
    except Mistake as problem:
        refused = f"{problem.message} ({problem.field})"
        steps.note(steps.Kind.NOT_REGISTERED, caller=request.remote_addr or "", sentence=refused)
        code = "invalid_redirect_uri" if problem.field == "redirect_uris" else "invalid_client_metadata"
        return error(code, problem.message)
    except RequestEntityTooLarge:
        return error("invalid_client_metadata", f"At most {registration.BODY_BYTES} bytes.")
    except (BadRequest, RecursionError):
        return error("invalid_client_metadata", "Client metadata is a JSON object.")
    try:
        return _answer(*Registration(metadata, ignored)(request))
    except ClaimError as problem:
        return error("invalid_client_metadata", f"The member {problem.claim} cannot be used.")


def _answer(status: int, body: dict[str, Any], headers: list[tuple[str, str]]) -> Response:
    return Server(web.settings()).handle_response(status, body, headers)
