"""The challenge of a refused bearer request: the `WWW-Authenticate` header from which a client finds everything else.

RFC 6750 section 3, RFC 9728 section 5.1. Without a credential there is no `error`, so that a client starts at the
beginning; a bad one is `invalid_token`, so that it refreshes; too little scope is `insufficient_scope` with all that
the operation needs, so that it asks once. `realm` and `as_uri` are the product's own.

At an address that says in its query what to ask for (`resources.asked_in`) the challenge repeats exactly that, so that
a client without a setting for it asks for what its person chose.
"""

from __future__ import annotations

from halo import catalogue
from halo.ground import scopes
from halo.ground.errors import Reason
from halo.ground.settings import Settings
from halo.oauth import resources

REALM = "halo-mcp"
AS_METADATA_PATH = "/.well-known/oauth-authorization-server"
NOT_GRANTED = frozenset({Reason.scope_missing, Reason.tool_added_later})
"""What asking the person again can lift."""
_WITHOUT_ERROR = frozenset({Reason.credential_missing, Reason.signed_out})


def www_authenticate(
    settings: Settings, *, reason: Reason | None, path: str, query: str = "", scope: str | None = None
) -> str:
    """The value of `WWW-Authenticate` for a refusal at this address; `scope` is what the operation needs."""
    parts = {
        "realm": REALM,
        # Before the document's address, which may hold a `scope=` of its own: the SDKs search for the first one.
        "scope": scope or scopes.join(resources.asked_in(query)) or sensible_scope(),
        "resource_metadata": resources.metadata_url(settings, path, query),
        "as_uri": settings.base_url + AS_METADATA_PATH,
    }
    error = _error(reason)
    if error and reason:
        parts["error"], parts["error_description"] = error, reason.sentence
    return "Bearer " + ", ".join(f'{name}="{_quoted(value)}"' for name, value in parts.items())


def sensible_scope() -> str:
    """What a client that knows nothing should ask for: all that the tools of this Halo need, not what one call needs.

    A hint of read scopes alone means that people never see the tools that act (S-43); the consent page
    is where they take scopes out.
    """
    acts = catalogue.acts_for_clients() or any(declared.integration for declared in catalogue.declared().every())
    return scopes.join((*scopes.READ_SCOPES, scopes.ALL_ACTIONS) if acts else scopes.READ_SCOPES)


def _error(reason: Reason | None) -> str | None:
    if reason is None or reason in _WITHOUT_ERROR:
        return None
    if reason in NOT_GRANTED:
        return "insufficient_scope"
    return "invalid_token" if reason.status == 401 else None


def _quoted(value: str) -> str:
    return value.replace("\\", "").replace('"', "'")
