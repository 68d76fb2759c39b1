"""Permission words, a sentence each, and what every role and preset holds.

A permission is `module:level`. Within a module a level includes the ones listed before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from halo.ground.errors import Denied, Reason
from halo.ground.words import Word


class Permission(Word):
    """What a person may do in a workspace."""

    INBOX_VIEW = "inbox:view", "Read tickets and conversations."
    INBOX_REPLY = "inbox:reply", "Answer tickets and conversations."
    INBOX_MANAGE = "inbox:manage", "Assign and close tickets."
    ASK_AI_USE = "ask_ai:use", "Ask the workspace's own assistant."
    AUTOMATION_VIEW = "automation:view", "See automations and how they perform."
    AUTOMATION_EDIT = "automation:edit", "Write automations."
    AUTOMATION_SEND = "automation:send", "Send broadcasts."
    AGENTS_VIEW = "agents:view", "See AI agents and their actions."
    AGENTS_EDIT = "agents:edit", "Change AI agents and switch their actions."
    INTEGRATIONS_VIEW = "integrations:view", "See integrations and connected servers."
    INTEGRATIONS_MANAGE = "integrations:manage", "Connect and disconnect integrations and servers."
    CONTACTS_VIEW = "contacts:view", "See customers, companies and leads."
    CONTACTS_EDIT = "contacts:edit", "Change customers, companies and leads."
    KNOWLEDGE_VIEW = "knowledge:view", "Read the knowledge base."
    KNOWLEDGE_EDIT = "knowledge:edit", "Write the knowledge base."
    AUDIT_VIEW = "audit:view", "Read the audit log of the whole workspace."
    AUDIT_PAYLOADS = "audit:payloads", "Read personal data in the audit log."
    APPS_OWN = "apps:own", "Connect AI clients for oneself."
    APPS_MANAGE = "apps:manage", "See and revoke every AI client of the workspace."
    SETTINGS_MANAGE = "settings:manage", "Change the workspace's settings and keys."
    TEAM_MANAGE = "team:manage", "Invite, change and remove members."

    @property
    def module(self) -> str:
        return self.value.partition(":")[0]


class Role(StrEnum):
    """Exactly one for each member of a workspace."""

    SUPER_ADMIN = "super_admin"
    ADMIN = "admin"
    MEMBER = "member"

    @property
    def label(self) -> str:
        return {"super_admin": "Super Admin", "admin": "Admin", "member": "Member"}[self.value]


LADDERS: tuple[tuple[Permission, ...], ...] = (
    (Permission.INBOX_VIEW, Permission.INBOX_REPLY, Permission.INBOX_MANAGE),
    (Permission.AUTOMATION_VIEW, Permission.AUTOMATION_EDIT, Permission.AUTOMATION_SEND),
    (Permission.AGENTS_VIEW, Permission.AGENTS_EDIT),
    (Permission.INTEGRATIONS_VIEW, Permission.INTEGRATIONS_MANAGE),
    (Permission.CONTACTS_VIEW, Permission.CONTACTS_EDIT),
    (Permission.KNOWLEDGE_VIEW, Permission.KNOWLEDGE_EDIT),
    (Permission.AUDIT_VIEW, Permission.AUDIT_PAYLOADS),
    (Permission.APPS_OWN, Permission.APPS_MANAGE),
)
"""Modules whose higher level includes the lower ones."""

PRESETS: dict[str, tuple[str, frozenset[Permission]]] = {
    "support_agent": (
        "Support agent",
        frozenset({
            Permission.INBOX_MANAGE, Permission.ASK_AI_USE, Permission.CONTACTS_EDIT, Permission.KNOWLEDGE_VIEW,
            Permission.INTEGRATIONS_VIEW, Permission.AGENTS_VIEW, Permission.APPS_OWN,
        }),
    ),
    "ai_specialist": (
        "AI specialist",
        frozenset({
            Permission.INBOX_VIEW, Permission.ASK_AI_USE, Permission.AGENTS_EDIT, Permission.KNOWLEDGE_EDIT,
            Permission.INTEGRATIONS_MANAGE, Permission.CONTACTS_VIEW, Permission.AUDIT_VIEW, Permission.APPS_OWN,
        }),
    ),
    "marketing": (
        "Marketing / Lifecycle",
        frozenset({
            Permission.AUTOMATION_SEND, Permission.CONTACTS_EDIT, Permission.ASK_AI_USE,
            Permission.INTEGRATIONS_VIEW, Permission.APPS_OWN,
        }),
    ),
    "help_center_editor": (
        "Help center editor",
        frozenset({Permission.KNOWLEDGE_EDIT, Permission.INBOX_VIEW, Permission.APPS_OWN}),
    ),
    "analyst": (
        "Analyst",
        frozenset({
            Permission.INBOX_VIEW, Permission.CONTACTS_VIEW, Permission.AUTOMATION_VIEW, Permission.ASK_AI_USE,
            Permission.AUDIT_VIEW, Permission.APPS_OWN,
        }),
    ),
    "viewer": (
        "Viewer",
        frozenset({Permission.INBOX_VIEW, Permission.CONTACTS_VIEW, Permission.AGENTS_VIEW, Permission.APPS_OWN}),
    ),
}  # fmt: skip
"""Starting points for a Member: key -> (label, permissions)."""


def expand(chosen: Iterable[Permission]) -> frozenset[Permission]:
    """The chosen permissions with the lower levels that they include."""
    held = set(chosen)
    for ladder in LADDERS:
        for position, level in enumerate(ladder):
            if level in held:
                held.update(ladder[:position])
    return frozenset(held)


def permissions_of(role: Role, chosen: Iterable[str] = ()) -> frozenset[Permission]:
    """What a member with this role may do; `chosen` matters for a Member only, unknown words are dropped."""
    if role in (Role.SUPER_ADMIN, Role.ADMIN):
        return frozenset(Permission)
    return expand(known(chosen))


def known(words: Iterable[str]) -> frozenset[Permission]:
    """The permissions among the words; others are dropped."""
    every = {permission.value: permission for permission in Permission}
    return frozenset(every[word] for word in words if word in every)


class Holds(Protocol):
    """Whoever holds permissions in a workspace (`halo.ground.principal.Member`)."""

    def may(self, permission: Permission) -> bool: ...


def demand(permission: Permission, *, principal: Holds) -> None:
    """Raise `Denied(permission_missing)` where they do not hold it."""
    if not principal.may(permission):
        raise Denied(Reason.permission_missing, permission=permission)
