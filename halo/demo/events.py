"""What end users did in the product: pages, features, errors, in sessions."""

from __future__ import annotations

import datetime

from halo.demo.world import DAYS, World

PAGES = (
    "projects",
    "boards",
    "reports/time",
    "reports/utilisation",
    "settings/billing",
    "settings/integrations",
    "team",
    "help",
)
KINDS = ("page_view", "feature_used", "button_click", "search", "export_started", "invite_sent", "error_shown")
_WEIGHTS = (55, 18, 14, 5, 4, 2, 2)
FEATURES = ("gantt", "time_tracking", "csv_export", "automation", "templates", "sso", "api_key")


def make(world: World, number: int) -> None:
    """So many events of people who are active, in sessions of some minutes."""
    active = [
        (user, customer.fate)
        for customer in world.customers
        for user in customer.users
        if user["last_seen"] is not None
    ]
    weights = [0.3 + world.luck.expovariate(1) / fate.trouble for _, fate in active]
    made = 0
    for user, fate in world.luck.choices(active, weights, k=number):
        if made >= number:
            break
        since = max(user["first_seen"], world.ago(DAYS))
        back = min(world.luck.expovariate(1 / 45), max(0.0, (user["last_seen"] - since).total_seconds() / 86400))
        at = user["last_seen"] - datetime.timedelta(days=back)
        session = f"s_{world.luck.getrandbits(40):010x}"
        for kind in world.luck.choices(KINDS, _WEIGHTS, k=min(number - made, world.luck.randint(1, 9))):
            page = world.one_of(PAGES)
            world.add(
                "event",
                at,
                end_user_id=user["id"],
                session_id=session,
                event_type=kind,
                element_selector="#primary" if kind == "button_click" else None,
                page_url=f"https://app.acme.test/{page}",
                details={"feature": world.one_of(FEATURES)} if kind == "feature_used" else _details(kind, fate.name),
                at=at,
            )
            made += 1
            at += datetime.timedelta(seconds=3 + world.luck.random() * 90)
            at = min(at, user["last_seen"])


def _details(kind: str, fate: str) -> dict[str, str]:
    return {"code": "EXP-214" if fate == "leaving" else "NET-1"} if kind == "error_shown" else {}
