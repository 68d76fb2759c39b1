"""What could go wrong with exactly what is allowed, in words: computed from the tools and scopes, not recited.

The dangerous triangle is personal data, text that strangers wrote, and a way out. What customers wrote is such text,
so whoever reads it reads something that may try to give orders.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from halo.catalogue import Catalogue
from halo.consent import offers
from halo.ground import groups
from halo.ground.groups import GROUPS, Group
from halo.tool import Tool

READS, RECORDS = "data:read", "records"


@dataclass(frozen=True)
class Risk:
    """How loudly to say it, what in a few words, and what to do about it."""

    kind: Literal["info", "warning"]
    title: str
    sentence: str
    leave: tuple[Group, ...] = ()
    """Groups of tools of which leaving one out takes the edge off it."""


def risk_of(
    granted: Collection[str], tools: Catalogue, left_out: Collection[str] = (), *, is_bound: bool = False
) -> Risk:
    """The risk of a set of scopes, with those of the tools that they cover now and that are not left out; `is_bound` to
    one customer."""
    held = offers.tools_of(granted, tools, left_out)
    reads = READS in granted and groups.place(READS, RECORDS) not in left_out
    acts = any(scope.startswith("actions:") for scope in granted) or any(not declared.read_only for declared in held)
    roams = any(declared.open_world for declared in held)
    whom = "one customer's data" if is_bound else "customer data"
    if not granted:
        return Risk("info", "Nothing is allowed yet", "Switch on at least one permission, or deny.")
    if reads and roams:
        return Risk(
            "warning",
            f"Reads {whom} and can reach the open web",
            "A poisoned page could try to steer it and carry off what it read. Consider leaving one of the two out.",
            (*_groups(it for it in held if it.open_world), GROUPS[RECORDS]),
        )
    if reads and acts:
        return Risk(
            "warning",
            f"Reads {whom} and can act",
            "A customer's message could try to steer it. Consider leaving out the actions that you do not need.",
            (GROUPS[RECORDS],),
        )
    if roams:
        return Risk(
            "warning", "Can reach the open web", "A poisoned page could try to steer it. Reads no customer data."
        )
    if acts:
        return Risk("warning", "Acts in connected tools in your name", "It reads no customer data.")
    if reads and is_bound:
        return Risk(
            "info",
            "Reads one customer's data",
            "What this customer is and wrote is passed to the app; nobody else's is, and nothing is changed.",
        )
    if reads:
        return Risk(
            "info",
            "Reads customer data, changes nothing",
            "Who your customers are and what they wrote is passed to the app.",
        )
    return Risk("info", "Reads documentation and setup help only", "No customer data, and nothing is changed.")


def _groups(tools: Iterable[Tool]) -> list[Group]:
    """What these tools are about, where it can be left out."""
    keys = {one.group for one in tools if not one.integration}
    return [group for key, group in GROUPS.items() if key in keys]
