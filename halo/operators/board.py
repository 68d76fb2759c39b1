"""The operators' list: workspaces by name with their flags, those that differ from the default, and how many."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, tuple_

from halo.flags import service, vocabulary
from halo.flags.models import FlagValue
from halo.flags.service import Held
from halo.ground.database import db, now
from halo.ground.errors import Mistake
from halo.workspaces.accounts import people
from halo.workspaces.models import Workspace

SHOWS = {
    "": "Every workspace",
    "overrides": "Differs from the default",
    "planned": "Begins or ends by itself",
}
"""What the list can be narrowed to."""
PAGE = 50


@dataclass(frozen=True)
class Listed:
    """One page of workspaces."""

    rows: list[tuple[Workspace, list[Held]]]
    count: int
    """Of all pages."""
    next: str | None
    """Slug to go on after."""


def page(text: str, *, show: str = "", flag: str = "", after: str | None = None, size: int = PAGE) -> Listed:
    """Workspaces whose name or slug contains the text, by name; `flag` narrows what `show` asks to one flag."""
    fits = [or_(Workspace.name.icontains(text, autoescape=True), Workspace.slug.icontains(text, autoescape=True))]
    if show in _DECISIONS:
        of_flag = FlagValue.name == flag if flag in vocabulary.CATALOGUE else FlagValue.name.in_(vocabulary.CATALOGUE)
        fits.append(exists().where(FlagValue.workspace_id == Workspace.id, of_flag, _DECISIONS[show]()))
    count = db.session.scalar(select(func.count()).select_from(Workspace).where(*fits)) or 0
    if after:
        name = db.session.scalar(select(Workspace.name).where(Workspace.slug == after))
        if name is None:
            raise Mistake("after", f"after: there is no workspace {after!r} to go on after. Begin at the first page.")
        fits.append(tuple_(Workspace.name, Workspace.slug) > (name, after))
    found = select(Workspace).where(*fits).order_by(Workspace.name, Workspace.slug).limit(size + 1)
    workspaces = list(db.session.scalars(found))
    shown = workspaces[:size]
    held = service.held_in_many([workspace.id for workspace in shown], named=people.names_of)
    following = shown[-1].slug if len(workspaces) > size else None
    return Listed([(workspace, held[workspace.id]) for workspace in shown], count, following)


def overrides() -> dict[str, int]:
    """By flag, in how many workspaces it differs from the default now."""
    found = select(FlagValue.name, func.count()).where(_is_override()).group_by(FlagValue.name)
    counts = {row[0]: row[1] for row in db.session.execute(found)}
    return {name: counts.get(name, 0) for name in vocabulary.CATALOGUE}


def _is_override() -> ColumnElement[bool]:
    """`halo.flags.state.State.is_override`, in SQL."""
    at = now()
    default = case(
        *((FlagValue.name == flag.name, flag.default) for flag in vocabulary.CATALOGUE.values()), else_=FlagValue.is_on
    )
    in_force = and_(
        or_(FlagValue.starts_at.is_(None), FlagValue.starts_at <= at),
        or_(FlagValue.ends_at.is_(None), FlagValue.ends_at > at),
    )
    value = case((in_force, FlagValue.is_on), else_=func.coalesce(FlagValue.otherwise_on, default))
    return value != default


def _is_planned() -> ColumnElement[bool]:
    at = now()
    return or_(FlagValue.starts_at > at, FlagValue.ends_at > at)


_DECISIONS = {"overrides": _is_override, "planned": _is_planned}
