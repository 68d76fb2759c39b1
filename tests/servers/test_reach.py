"""Which parameters of a foreign tool seem to name the customer."""

from __future__ import annotations

from typing import Any

import pytest

from halo.servers import reach


def suggested(**properties: Any) -> dict[str, str]:
    return reach.suggested({"inputSchema": {"type": "object", "properties": properties}})


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("email", "email"), ("customerEmail", "email"), ("user_email_address", "email"), ("customer_id", "external_id"),
        ("userId", "external_id"), ("uid", "external_id"), ("account-holder-ref", "external_id"),
        ("company_id", "company_id"), ("orgId", "company_id"), ("tenant", "company_id"),
    ],
)  # fmt: skip
def test_a_parameter_is_known_by_its_name(name: str, attribute: str) -> None:
    assert suggested(**{name: {"type": "string"}}) == {name: attribute}


@pytest.mark.parametrize("name", ["query", "limit", "order_id", "order", "message", "emails_sent", "mailing_list"])
def test_other_parameters_are_not(name: str) -> None:
    assert suggested(**{name: {"type": "string"}}) == {}


def test_else_by_its_description_and_only_where_it_can_be_text() -> None:
    assert suggested(who={"type": "string", "description": "The e-mail address to look for."}) == {"who": "email"}
    assert suggested(who={"type": "string", "description": "Id of the customer."}) == {"who": "external_id"}
    assert suggested(email={"type": "boolean"}) == {}
    assert suggested(email={"type": ["string", "null"]}) == {"email": "email"}
    assert reach.suggested({"inputSchema": "nonsense"}) == {}


def test_what_a_parameter_can_be_locked_to_is_what_a_customer_has() -> None:
    from halo.ground.principal import Customer

    jane = Customer("u", "e", "m", "c")
    assert [jane.value_of(attribute) for attribute in ("id", "external_id", "email", "company_id")] == [*"uemc"]
    assert set(reach.ATTRIBUTES) == {"id", "external_id", "email", "company_id"}
