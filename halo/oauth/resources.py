"""Which addresses a token is for (RFC 8707): `<base>/api/mcp`, and `<base>/api/mcp/w/<slug>` for each workspace.

Clients spell the address in many ways, so both sides are made canonical before they are compared: case of scheme,
host and slug, default port, trailing slash, query and fragment do not matter (S-37, S-38). Challenge and
document name the address as it was typed, and say the same whether such a workspace exists or not; a slug that no
workspace can have is no address at all. What a token serves:

- a token for a workspace's alias serves that alias and `/api/mcp`;
- a token for `/api/mcp` serves it and the alias of the workspace it was granted in (S-45: what our token endpoint
  gave, our own door accepts on every address of that workspace), never the alias of another one.

An address may say in its query what a client there is to ask for, `?scope=docs:read+data:read`, for clients that have
no setting for it. It changes what the challenge and the protected-resource document of that address say, and nothing
else: which token serves it does not depend on it. The document then names the address with its query, because some
clients compare the two byte for byte (RFC 9728 section 3.3).
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from halo.ground import scopes
from halo.ground.settings import DEFAULT_PORTS, Settings
from halo.ground.text import names

MCP_PATH = "/api/mcp"
ALIAS_PREFIX = MCP_PATH + "/w/"
OAUTH_PATH = MCP_PATH + "/oauth"
METADATA_PATH = "/.well-known/oauth-protected-resource"
LONGEST_QUERY = 1000
"""Characters in which an address says what to ask for; of a longer query nothing is read."""


def canonical(resource: str) -> str | None:
    """The one spelling of an absolute http or https URL; None for anything else."""
    try:
        parts = urlsplit(resource.strip())
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in DEFAULT_PORTS or not host or parts.username is not None or parts.password is not None:
        return None
    host = f"[{host}]" if ":" in host else host
    netloc = host if port is None or port == DEFAULT_PORTS[scheme] else f"{host}:{port}"
    return f"{scheme}://{netloc}{parts.path.rstrip('/')}"


def of_path(settings: Settings, path: str) -> str:
    """The resource that a request to this path of ours addresses, with the slash at its end where it has one.

    Some clients compare it byte by byte with the address that somebody typed (S-39).
    """
    return settings.base_url + _spelled(path)


def alias(settings: Settings, slug: str) -> str:
    """The resource of one workspace."""
    return f"{settings.base_url}{ALIAS_PREFIX}{slug}"


def asking_for(address: str, words: Iterable[str]) -> str:
    """The address at which a client is told to ask for these scopes; without any, the plain one.

    Its plus is one for people to type, and `asked_in` takes it for a space whichever way a client encodes it.
    """
    said = "+".join(scopes.canonical(words))
    return f"{address}?scope={said}" if said else address


def asked_in(query: str) -> tuple[str, ...]:
    """The scopes that the query of an address names; what is no scope is dropped."""
    if "scope=" not in query or len(query) > LONGEST_QUERY:
        return ()
    said = parse_qs(query).get("scope", [])
    return scopes.parse(" ".join(said).replace("+", " "))


def metadata_url(settings: Settings, path: str, query: str = "") -> str:
    """Where the protected-resource document of that address stands (RFC 9728 section 3.1)."""
    return asking_for(settings.base_url + METADATA_PATH + _spelled(path), asked_in(query))


def _spelled(path: str) -> str:
    """The path with at most one slash at its end; of what is no alias, the path of all workspaces."""
    known = path.rstrip("/") if slug_of_path(path) else MCP_PATH
    return known + ("/" if path.endswith("/") else "")


def slug_of_path(path: str) -> str | None:
    """The workspace that an alias path names, whatever the case."""
    return names.slug(path.removeprefix(ALIAS_PREFIX).rstrip("/")) if path.startswith(ALIAS_PREFIX) else None


def is_nobodys(path: str) -> bool:
    """Whether the path is an alias that no workspace can have."""
    return path.startswith(ALIAS_PREFIX) and slug_of_path(path) is None


def ours(settings: Settings, resource: str) -> str | None:
    """The canonical form of a resource parameter that names an address of ours; None for a stranger's."""
    asked, base = canonical(resource), canonical(settings.base_url)
    if asked is None or base is None or not asked.startswith(base):
        return None
    path = asked.removeprefix(base)
    if path == MCP_PATH:
        return settings.mcp_url
    slug = slug_of_path(path)
    return alias(settings, slug) if slug else None


def slug_of(settings: Settings, resource: str) -> str | None:
    """The workspace that a resource of ours is the alias of."""
    return slug_of_path(resource.removeprefix(settings.base_url))


def serves(settings: Settings, token_resource: str, requested_resource: str, *, workspace_slug: str) -> bool:
    """Whether a token for one address of ours may be used at another (see above)."""
    asked = ours(settings, requested_resource)
    if asked is None or ours(settings, token_resource) is None:
        return False
    slug = slug_of(settings, asked)
    granted_slug = slug_of(settings, token_resource)
    if granted_slug is not None and granted_slug != workspace_slug:
        return False
    return slug is None or slug == workspace_slug
