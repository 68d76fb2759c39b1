"""A server as the form of the wizard, or of its settings, holds it: text on its way to what is wanted, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from halo.ground.errors import Mistake
from halo.servers.probing import Examination

ADVANCED = ("headers", "call_seconds", "scope", "extra", "omits_resource", "access_token", "refresh_token")
"""Fields that stand behind “Advanced”."""
_TOP = frozenset({"com", "org", "net", "io", "dev", "ai", "app", "co", "example", "test", "localhost"})
_GENERIC = frozenset({"mcp", "api", "www", "server", "app", "gateway"})
LONGEST_SLUG = 32


def suggested(examination: Examination) -> dict[str, str]:
    """The form as it stands after the address was looked at."""
    said = examination.welcome.name if examination.welcome is not None else ""
    slug = slug_for(examination.url, said)
    return {
        "url": examination.url,
        "name": said[:100] or slug.replace("_", " ").capitalize(),
        "slug": slug,
        "auth_method": examination.auth_method,
        "whose": "stranger",
    }


def slug_for(url: str, said: str = "") -> str:
    """A slug out of the name of the host: the part that tells it from others; where none does, out of what the server
    says that it is called."""
    parts = (urlsplit(url).hostname or "").lower().split(".")
    telling = [part for part in parts if part not in _TOP | _GENERIC and not part.isdigit()]
    slug = re.sub(r"[^a-z0-9]+", "_", telling[-1] if telling else said.lower()).strip("_")[:LONGEST_SLUG].rstrip("_")
    return slug if slug[:1].isalpha() else f"server_{slug}"[:LONGEST_SLUG].rstrip("_")


def read(form: Mapping[str, str]) -> dict[str, Any]:
    """The fields of `halo.servers.wanted` that the form holds; raises `Mistake` for what cannot be read at all."""
    method = form.get("auth_method", "none")
    return {
        "name": form.get("name", ""),
        "slug": form.get("slug", "").strip(),
        "url": form.get("url", "").strip(),
        "auth_method": method,
        "credentials": _credentials(method, form),
        **reached(form),
        "is_ours": form.get("whose") == "ours",
    }


def reached(form: Mapping[str, str]) -> dict[str, Any]:
    """What stands behind “Advanced”, but for credentials."""
    wishes = {"scope": form.get("scope", ""), "extra": lines(form, "extra", "=")}
    return {
        "headers": lines(form, "headers", ":"),
        "call_seconds": _seconds(form.get("call_seconds", "")),
        "wishes": wishes | {"omits_resource": form.get("omits_resource") == "on"},
    }


def lines(form: Mapping[str, str], name: str, sign: str) -> dict[str, str]:
    """Names with their values, one on each line."""
    found: dict[str, str] = {}
    for line in form.get(name, "").splitlines():
        if not line.strip():
            continue
        before, stands, after = line.partition(sign)
        if not stands or not before.strip():
            raise Mistake(name, f"Write one on each line, as name{sign} value. This line has no {sign}")
        if before.strip() in found:
            raise Mistake(name, f"{before.strip()[:100]} stands there twice.")
        found[before.strip()] = after.strip()
    return found


def written(server: Any) -> dict[str, str]:
    """A server's row as the form shows it."""
    wishes = server.wishes
    return {
        "name": server.name,
        "url": server.url,
        "auth_method": server.auth_method,
        "whose": "ours" if server.is_ours else "stranger",
        "call_seconds": str(server.call_seconds),
        "headers": "\n".join(f"{name}: {value}" for name, value in server.headers.items()),
        "scope": wishes.get("scope", ""),
        "extra": "\n".join(f"{name}={value}" for name, value in (wishes.get("extra") or {}).items()),
        "omits_resource": "on" if wishes.get("omits_resource") else "",
        "sends_assertion": "on" if server.sends_assertion else "",
        "for_clients": "on" if server.for_clients else "",
    }


def _credentials(method: str, form: Mapping[str, str]) -> dict[str, str] | None:
    names = {"bearer": ("token",), "oauth2": ("access_token", "refresh_token")}.get(method, ())
    return {name: value for name in names if (value := form.get(name, "").strip())} or None


def _seconds(said: str) -> int:
    if not said.strip():
        return 45
    try:
        return int(said)
    except ValueError:
        raise Mistake("call_seconds", "A number of seconds is needed here, such as 45.") from None
