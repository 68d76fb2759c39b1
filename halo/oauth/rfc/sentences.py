"""What a client is told when the token or revocation endpoint refuses it, in our words.

Authlib's descriptions quote its insides (a Python list of methods for a wrong secret) or are missing; each has a
sentence here that says what would be accepted. What our own code raises is said as it is.
"""

from __future__ import annotations

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidGrantError, OAuth2Error, UnsupportedGrantTypeError

from halo.oauth import clients, registration

MISSING = "The parameter {} is missing. It stands in the form, not in the address."
_WAYS = {
    "none": "without a secret, by client_id alone",
    "client_secret_basic": "with its secret in the Authorization header (Basic)",
    "client_secret_post": "with its secret in the form, as client_secret",
}
_OURS = {
    "Missing 'code' in request.": MISSING.format("code"),
    "Missing 'refresh_token' in request.": MISSING.format("refresh_token"),
    "Missing 'code_verifier'": MISSING.format("code_verifier"),
    "Invalid 'code' in request.": "The code is unknown, over, used before, or of another client; begin again.",
    "Invalid 'redirect_uri' in request.": "The redirect_uri is not the one that the code was sent to; leave it out, "
    "or send that one.",
    "Invalid 'code_verifier'": "A code_verifier has 43 to 128 letters, digits, '-', '.', '_' or '~'.",
    "Code challenge failed.": "The code_verifier does not fit the code_challenge that the code was asked for with.",
}
"""Authlib's words -> ours."""


def sentence_for(error: OAuth2Error, named: str | None) -> str:
    """The sentence for this error; `named` is the client id that the request bears, if any."""
    if isinstance(error, InvalidClientError):
        return _of_client(named)
    if isinstance(error, UnsupportedGrantTypeError):
        return f"The grant types here are {' and '.join(registration.GRANT_TYPES)}."
    said = error.description
    if not said and isinstance(error, InvalidGrantError):
        return "The refresh token is unknown, over, used before, or of another client; connect again."
    return _OURS.get(said, str(said or "The request cannot be understood."))


def _of_client(named: str | None) -> str:
    if not named:
        return "The request names no client: the parameter client_id or an Authorization header (Basic) is missing."
    client = clients.find(named)
    if client is None:
        return "This client is not known here. Its registration may have expired; register it again."
    way = _WAYS[client.token_endpoint_auth_method]
    return f"The client is not authenticated. It is registered to come {way}, and what was sent does not fit that."
