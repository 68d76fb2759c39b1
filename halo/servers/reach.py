"""Customer Lock: whose data a tool reaches, and which of its parameters Halo fills with the customer's own identity.

A tool is *public*, *the customer's* (then at least one parameter is locked), or *unsorted*, which no conversation of a
customer is offered. Halo suggests; a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any


class Reach(Enum):
    """Whose data a tool reaches."""

    unsorted = "Nobody has sorted it yet: no conversation of a customer is offered it."
    public = "It tells and does nothing of a single customer."
    customers = "It reaches one customer, who is filled in by Halo."

    @property
    def sentence(self) -> str:
        """For people."""
        return self.value


ATTRIBUTES = {
    "email": "the customer's e-mail address",
    "external_id": "the customer's id in your product",
    "id": "the customer's id in Halo",
    "company_id": "the id of the customer's company in Halo",
}
"""What of a proven customer a parameter can be locked to (`halo.ground.principal.Customer`)."""
_PEOPLE = (
    r"(?:customer|user|end_?user|member|account_?holder|client|contact|buyer|person|subscriber|profile|owner|requester)"
)
_NAMES = (
    ("email", re.compile(rf"(?:{_PEOPLE}_?)?e_?mail(?:_?address)?|(?:from|to|sender)_?e_?mail|mail", re.IGNORECASE)),
    (
        "company_id",
        re.compile(r"(?:company|organi[sz]ation|org|tenant|workspace|team|account)_?(?:id|uuid|key)?", re.IGNORECASE),
    ),
    (
        "external_id",
        re.compile(rf"{_PEOPLE}(?:_?(?:id|uuid|ref|reference|number|key|no))?|uid|external_?id", re.IGNORECASE),
    ),
)
_WORDS = (
    ("email", re.compile(r"e-?mail(?: address)?", re.IGNORECASE)),
    (
        "external_id",
        re.compile(rf"\b(?:id|identifier|number) of (?:the|a) {_PEOPLE}\b|\b{_PEOPLE}(?:'s)? id\b", re.IGNORECASE),
    ),
)


def suggested(definition: Mapping[str, Any]) -> dict[str, str]:
    """Parameter -> attribute of the customer that it seems to be, by its name, else by its description."""
    schema = definition.get("inputSchema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    found = {}
    for name, shape in properties.items() if isinstance(properties, dict) else ():
        described = shape.get("description", "") if isinstance(shape, dict) else ""
        if takes_text(shape) and (attribute := _by_name(name) or _by_words(str(described))):
            found[name] = attribute
    return found


def _by_name(name: str) -> str | None:
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[-.\s]+", "_", name)
    return next((attribute for attribute, pattern in _NAMES if pattern.fullmatch(plain)), None)


def _by_words(described: str) -> str | None:
    return next((attribute for attribute, pattern in _WORDS if pattern.search(described)), None)


def holds(locks: Mapping[str, Any], definition: Mapping[str, Any]) -> bool:
    """Whether these locks hold the tool to a customer: there is one at least, and each is on a parameter that this
    definition has."""
    schema = definition.get("inputSchema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    known = properties if isinstance(properties, dict) else {}
    return bool(locks) and all(takes_text(known.get(name)) for name in locks)


def takes_text(shape: Any) -> bool:
    """Whether a parameter of this shape can be filled with what is known of a customer."""
    if not isinstance(shape, dict | bool):
        return False
    kinds = shape.get("type", "string") if isinstance(shape, dict) else "string"
    return "string" in (kinds if isinstance(kinds, list) else [kinds])
