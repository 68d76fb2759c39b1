"""Workspaces: creating them, their settings and keys."""

from __future__ import annotations

import re
import secrets
import unicodedata
import zoneinfo
from typing import Any

from sqlalchemy import select

from halo.ground import limits, vault
from halo.ground.database import db, one_change
from halo.ground.errors import Mistake, NotFound
from halo.ground.permissions import Permission, Role, demand
from halo.ground.principal import Member, SignedIn
from halo.ground.text import names
from halo.ledger import changes
from halo.workspaces import currencies
from halo.workspaces.accounts import two_factor
from halo.workspaces.models import Membership, Person, Workspace
from halo.workspaces.unique import taken

AUDIT_MODES = {
    "full": "Keep arguments as they came.",
    "redacted": "Keep arguments without passwords, keys, tokens and card numbers.",
    "none": "Keep only the names of arguments.",
}
"""What a workspace's audit log keeps of arguments."""
HIGHEST_LIMIT = 100_000
_RESERVED = frozenset({"admin", "api", "dashboard", "docs", "halo", "mcp", "new", "signin", "signup", "static", "www"})


def create(
    name: str,
    slug: str,
    owner: Person,
    *,
    time_zone: str = "UTC",
    currency: str = currencies.DEFAULT,
    principal: SignedIn | None = None,
) -> Workspace:
    """A workspace with keys of its own; the owner becomes its Super Admin and billing contact."""
    name, slug = names.chosen(name, "name"), clean_slug(slug)
    message = "This short name is taken. Choose another."
    with taken("slug", message), one_change() as session:
        if find(slug) is not None:
            raise Mistake("slug", message)
        workspace = Workspace(
            slug=slug,
            name=name,
            time_zone=_time_zone(time_zone),
            currency=currencies.clean(currency),
            widget_key=_widget_key(),
            identity_secret=vault.seal(_identity_secret()),
        )
        session.add(workspace)
        session.flush()
        session.add(
            Membership(
                workspace_id=workspace.id, person_id=owner.id, role=Role.SUPER_ADMIN.value, is_billing_contact=True
            )
        )
        changes.record(
            "workspace.created",
            workspace_id=workspace.id,
            principal=principal,
            by="" if principal else owner,
            subject=("workspace", workspace.id, name),
            after={"slug": slug, "name": name, "owner": owner.email},
        )
    return workspace


def find(slug: str) -> Workspace | None:
    """The workspace with this slug."""
    return db.session.scalar(select(Workspace).where(Workspace.slug == slug.strip().lower()))


def of_slug(slug: str) -> Workspace:
    """The workspace with this slug; raises NotFound."""
    workspace = find(slug)
    if workspace is None:
        raise NotFound("workspace")
    return workspace


def current(*, principal: Member) -> Workspace:
    """The workspace that the person's browser looks at."""
    workspace = db.session.get(Workspace, principal.workspace_id)
    if workspace is None:
        raise NotFound("workspace")
    return workspace


def every() -> list[Workspace]:
    """All workspaces by name, for operators and the command line."""
    return list(db.session.scalars(select(Workspace).order_by(Workspace.name, Workspace.slug)))


def of_person(person_id: str) -> list[tuple[Workspace, Role]]:
    """The workspaces that a person is in, by name, with their role."""
    rows = db.session.execute(
        select(Workspace, Membership.role)
        .join(Membership, Membership.workspace_id == Workspace.id)
        .where(Membership.person_id == person_id)
        .order_by(Workspace.name, Workspace.slug)
    )
    return [(workspace, Role(role)) for workspace, role in rows]


def update(
    *,
    principal: Member,
    name: str | None = None,
    time_zone: str | None = None,
    currency: str | None = None,
    identity_required: bool | None = None,
    audit_payloads: str | None = None,
    call_limits: dict[str, str] | None = None,
) -> Workspace:
    """Change those of the workspace's settings that are given; records only what differs.

    `call_limits` are all overrides, as they were typed: an empty field takes the default. Nobody gives their own
    workspace more than the default; what an operator gave it may stay.
    """
    _demand(principal)
    if audit_payloads not in (None, *AUDIT_MODES):
        raise Mistake("audit_payloads", "Choose full, redacted or none.")
    given: dict[str, Any] = {
        "name": None if name is None else names.chosen(name, "name"),
        "time_zone": None if time_zone is None else _time_zone(time_zone),
        "currency": None if currency is None else currencies.clean(currency),
        "identity_required": identity_required,
        "audit_payloads": audit_payloads,
        "limits": None if call_limits is None else _limits(call_limits, highest_limits(principal=principal)),
    }
    after = {key: value for key, value in given.items() if value is not None}
    with one_change():
        workspace = current(principal=principal)
        before = {key: getattr(workspace, key) for key in after}
        changed = [key for key in after if before[key] != after[key]]
        for key in changed:
            setattr(workspace, key, after[key])
        if changed:
            old, new = ({key: facts[key] for key in changed} for facts in (before, after))
            _recorded("workspace.updated", workspace, principal, old, new)
    return workspace


def highest_limits(*, principal: Member) -> dict[str, int]:
    """Up to where this person may set each of the workspace's call limits."""
    if principal.is_operator:
        return dict.fromkeys(limits.DEFAULTS, HIGHEST_LIMIT)
    given = current(principal=principal).limits
    return {name: max(default, given.get(name, 0)) for name, default in limits.DEFAULTS.items()}


def give_limits(slug: str, typed: dict[str, str]) -> Workspace:
    """Set those call limits of a workspace that are named, as an operator may; an empty one takes the default."""
    with one_change():
        workspace = of_slug(slug)
        before = workspace.limits
        kept = {name: str(limit) for name, limit in before.items()}
        workspace.limits = _limits(kept | typed, dict.fromkeys(limits.DEFAULTS, HIGHEST_LIMIT))
        if workspace.limits != before:
            _recorded("workspace.updated", workspace, None, {"limits": before}, {"limits": workspace.limits})
    return workspace


def demand_two_factor(required: bool, *, principal: Member) -> Workspace:
    """Ask everybody for two-factor sign-in, or leave it to each; who asks for it must have it."""
    _demand(principal)
    if required and two_factor.of_person(principal.person_id) is None:
        raise Mistake("two_factor", "Set it up for yourself first: you would shut yourself out.")
    with one_change():
        workspace = current(principal=principal)
        before, workspace.two_factor_required = workspace.two_factor_required, required
        if before != required:
            event = "two_factor.demanded" if required else "two_factor.released"
            facts = ({"two_factor_required": value} for value in (before, required))
            _recorded(event, workspace, principal, *facts)
    return workspace


def rotate_widget_key(*, principal: Member) -> str:
    """A new publishable key; the old one stops working at once."""
    _demand(principal)
    with one_change():
        workspace = current(principal=principal)
        before, workspace.widget_key = workspace.widget_key, _widget_key()
        after = {"widget_key": workspace.widget_key}
        _recorded("workspace.key_rotated", workspace, principal, {"widget_key": before}, after)
    return workspace.widget_key


def rotate_identity_secret(*, principal: Member) -> str:
    """A new identity secret; tokens signed with the old one are refused at once."""
    _demand(principal)
    with one_change():
        workspace = current(principal=principal)
        secret = _identity_secret()
        workspace.identity_secret = vault.seal(secret)
        _recorded("workspace.secret_rotated", workspace, principal)
    return secret


def reveal_identity_secret(*, principal: Member) -> str:
    """The identity secret in the clear; that somebody looked is recorded."""
    _demand(principal)
    with one_change():
        workspace = current(principal=principal)
        _recorded("workspace.secret_revealed", workspace, principal)
    return vault.open(workspace.identity_secret)


def clean_slug(slug: str) -> str:
    """The slug in the form that is stored; raises `Mistake`."""
    known = names.slug(slug.strip())
    if known is None:
        raise Mistake("slug", "Use 2 to 40 small letters, digits and single hyphens, a letter first.")
    if known in _RESERVED:
        raise Mistake("slug", "This short name is reserved. Choose another.")
    return known


def free_slug(name: str) -> str:
    """A slug that fits the name and is not taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-").lstrip("0123456789-")[:32].rstrip("-") or "workspace"
    stem = stem if len(stem) > 1 and stem not in _RESERVED else f"{stem}-team"
    if find(stem) is None:
        return stem
    return f"{stem}-{secrets.token_hex(3)}"


def _demand(principal: Member) -> None:
    demand(Permission.SETTINGS_MANAGE, principal=principal)


def _recorded(
    event: str,
    workspace: Workspace,
    principal: SignedIn | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    subject = ("workspace", workspace.id, workspace.name)
    changes.record(event, workspace_id=workspace.id, principal=principal, subject=subject, before=before, after=after)


def _time_zone(name: str) -> str:
    name = name.strip() or "UTC"
    if name not in zoneinfo.available_timezones():
        raise Mistake("time_zone", "Choose a time zone such as Europe/Berlin.")
    return name


def _limits(typed: dict[str, str], highest: dict[str, int]) -> dict[str, int]:
    """Overrides of the default limits; an empty field or the default itself is none."""
    chosen: dict[str, int] = {}
    for name, default in limits.DEFAULTS.items():
        text = typed.get(name, "").strip()
        if not text:
            continue
        if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= highest[name]:
            raise Mistake(name, f"Enter a whole number from 1 to {highest[name]:,}.")
        if int(text) != default:
            chosen[name] = int(text)
    return chosen


def _widget_key() -> str:
    return "ab_live_" + secrets.token_urlsafe(24)


def _identity_secret() -> str:
    return "ha_secret_" + secrets.token_urlsafe(32)
