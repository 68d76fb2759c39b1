"""What a client may say of itself when it registers (RFC 7591 section 2), made safe and complete.

Every string comes from a stranger: what a person will read is cut and stripped of control characters, what does not
fit and is not needed is left out, and the answer says what was registered. Redirect URIs are never mended: a client
learns here, with a reason, what authorize would refuse (S-18). One that does not fit costs only itself, as
long as another does: clients list what they use with other servers too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from halo.ground import limits
from halo.ground.errors import Mistake
from halo.ground.text import names
from halo.oauth import redirects

AUTH_METHODS = ("none", "client_secret_basic", "client_secret_post")
"""How a client may authenticate at the token endpoint; the metadata lists them in this order (S-22)."""
GRANT_TYPES = ("authorization_code", "refresh_token")
RESPONSE_TYPES = ("code",)
BODY_BYTES = 64_000
NAME_CHARACTERS = 100
TEXT_CHARACTERS = 1000
_LINKS = ("client_uri", "logo_uri", "tos_uri", "policy_uri")
_TEXTS = ("software_id", "software_version", "application_type")


def clean(said: object) -> dict[str, Any]:
    """The metadata as it is registered; raises `Mistake` whose field is the metadata member that does not fit."""
    if not isinstance(said, Mapping):
        raise Mistake("client_metadata", "Client metadata is a JSON object.")
    uris = redirect_uris(said.get("redirect_uris"))
    cleaned: dict[str, Any] = {
        "redirect_uris": uris,
        "client_name": name_of(said.get("client_name"), uris[0]),
        "token_endpoint_auth_method": _auth_method(said),
        "grant_types": _grant_types(said),
        "response_types": _response_types(said),
    }
    cleaned |= {key: said[key] for key in _LINKS if is_web_link(said.get(key))}
    cleaned |= {key: _text(said[key]) for key in _TEXTS if said.get(key) and is_short(said[key])}
    if scope := _scope(said.get("scope")):
        cleaned["scope"] = scope
    contacts = said.get("contacts")
    if isinstance(contacts, list):
        cleaned["contacts"] = [_text(it) for it in contacts[:10] if is_short(it)]
    return cleaned


def redirect_uris(said: object) -> list[str]:
    """The redirect URIs that fit, each once; raises `Mistake("redirect_uris", ...)` where none does."""
    if not isinstance(said, list) or not said:
        raise Mistake("redirect_uris", "A list with at least one redirect URI is needed.")
    judged = list(_judged(said))
    if all(problem for _, problem in judged):
        raise Mistake("redirect_uris", judged[0][1])
    return [uri for uri, problem in judged if not problem]


def ignored(said: Mapping[str, Any]) -> list[dict[str, str]]:
    """The redirect URIs that were not taken and why, for the answer of a registration that was."""
    refused = [(uri, problem) for uri, problem in _judged(said["redirect_uris"]) if problem]
    told = [{"redirect_uri": uri[: redirects.LONGEST], "reason": why} for uri, why in refused[: limits.IGNORED_TOLD]]
    if len(refused) > len(told):
        told.append({"redirect_uri": "", "reason": f"And {len(refused) - len(told)} more."})
    return told


def _judged(said: list[Any]) -> Iterator[tuple[str, str]]:
    """Each redirect URI, once, with what is wrong with it; empty for one that is taken."""
    taken = 0
    for uri in dict.fromkeys(it if isinstance(it, str) else "" for it in said):
        problem = redirects.problem(uri) or ""
        if not problem and taken == limits.REDIRECT_URIS:
            problem = f"Only the first {limits.REDIRECT_URIS} redirect URIs that fit are registered."
        taken += not problem
        yield uri, problem


def name_of(said: object, redirect_uri: str) -> str:
    """The name on the consent page: what of it is seen, on one line; where that is nothing, where the answer goes."""
    name = names.declared(said[:TEXT_CHARACTERS])[:NAME_CHARACTERS].strip() if isinstance(said, str) else ""
    return name or redirects.destination(redirect_uri).words[:NAME_CHARACTERS]


def is_web_link(said: object) -> bool:
    """Whether it is an absolute http(s) URL without a fragment that a page may show."""
    if not isinstance(said, str) or len(said) > TEXT_CHARACTERS or not said.isprintable() or "#" in said:
        return False
    try:
        parts = urlsplit(said)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def is_short(said: object) -> bool:
    """Whether it is text that is kept as it is; half an identifier would be another one."""
    return isinstance(said, str) and len(said) <= TEXT_CHARACTERS


def _scope(said: object) -> str:
    """Whole words, as many as fit: half a scope would be another one."""
    if not isinstance(said, str):
        return ""
    words = " ".join(dict.fromkeys(word for word in said.split() if word.isprintable()))
    return words if len(words) <= limits.SCOPE_CHARACTERS else words[: limits.SCOPE_CHARACTERS + 1].rpartition(" ")[0]


def _auth_method(said: Mapping[str, Any]) -> str:
    method = said.get("token_endpoint_auth_method") or "client_secret_basic"  # RFC 7591 section 2
    if method not in AUTH_METHODS:
        raise Mistake("token_endpoint_auth_method", f"Supported here: {', '.join(AUTH_METHODS)}.")
    return str(method)


def _grant_types(said: Mapping[str, Any]) -> list[str]:
    """Both, whatever was asked: a refresh token is issued either way (S-42)."""
    asked = said.get("grant_types") or ["authorization_code"]
    if not isinstance(asked, list) or "authorization_code" not in asked:
        raise Mistake("grant_types", "The grant type authorization_code is needed.")
    return list(GRANT_TYPES)


def _response_types(said: Mapping[str, Any]) -> list[str]:
    asked = said.get("response_types") or ["code"]
    if not isinstance(asked, list) or "code" not in asked:
        raise Mistake("response_types", "The response type code is needed.")
    return list(RESPONSE_TYPES)


def _text(said: str) -> str:
    """One line of what prints: control, format and direction characters could disguise a name."""
    plain = "".join(character if character.isprintable() else " " for character in said[:TEXT_CHARACTERS])
    return " ".join(plain.split())
