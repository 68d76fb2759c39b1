"""Customers with a story that a question can find: what they were told, what went wrong, and how they stand."""

from __future__ import annotations

import datetime

from halo.demo import conversations, customers, tickets
from halo.demo.world import FATES, DemoCustomer, Row, World

THRIVING, STEADY, STRUGGLING, LEAVING = FATES


def make(world: World) -> None:
    """The companies of the stories with the person who writes; what they wrote follows once everybody is there."""
    for story in (_acme_robotics, _brightwater, _fjord, _ember):
        story(world)


def _known(world: World, customer: DemoCustomer, since: float, name: str, title: str) -> Row:
    """The person who writes, there from the day on which the company signed up."""
    customer.row |= {"signed_up_at": _at(world, since), "created_at": _at(world, since), "last_contacted_at": None}
    world.customers.append(customer)
    user = customers.end_user(world, customer, 900_000 + len(world.customers), name, title)
    user |= dict.fromkeys(("signed_up_at", "first_seen", "created_at"), _at(world, since))
    user |= {"last_seen": world.ago(0.6), "last_contacted_at": None}
    return user


def _at(world: World, days: float, hour: float = 10) -> datetime.datetime:
    day = world.ago(days).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + datetime.timedelta(hours=hour)


def _acme_robotics(world: World) -> None:
    """Told about onboarding, in three conversations and a ticket."""
    customer = customers.company(world, STEADY, "Acme Robotics", "acme-robotics.example", "Manufacturing", "Scale")
    customer.row["health_score"] = 71
    customer.row |= {"renewal_status": "expansion_opportunity", "employee_count": 340, "mrr": 1850.0, "arr": 22200.0}
    dana = _known(world, customer, 118, "Dana Whitfield", "Head of Operations")
    conversations.told(
        world, customer, dana, _at(world, 112), "Where does onboarding begin?",
        (
            "We signed last week. What does onboarding look like for 85 people in three plants?",
            ("Onboarding takes two weeks for a team of your size: a kickoff call with Maria Lindqvist, import of your "
            "projects with the CSV template, one training session for each plant, and a review on day 14."),
            "Who books the kickoff?",
            "You do, under Help > Onboarding. Maria keeps Tuesdays and Thursdays free for new customers on Scale.",
        ),
        "neutral", "resolved",
    )  # fmt: skip
    conversations.told(
        world, customer, dana, _at(world, 101, 15), "Import of 1,900 work orders",
        (
            "The onboarding import stops at row 500. We have 1,900 work orders.",
            "-Please split the file into parts of 500 rows.",
            "Your onboarding mail said 5,000 rows.",
            "You are right: the limit is 5,000 rows. The stop comes from an empty date in row 501; dates are required.",
        ),
        "frustrated", "resolved",
    )  # fmt: skip
    handed = conversations.told(
        world, customer, dana, _at(world, 94, 9), "Second training session",
        (
            "We were promised a training for each plant during onboarding. Only one took place.",
            "The onboarding plan of Scale has one training session included for each site, up to three.",
            "So where are the other two? I want to talk to a person.",
            "I am handing this over to our team; they will write to you.",
        ),
        "frustrated", "escalated",
    )  # fmt: skip
    tickets.written(
        world, customer, dana, _at(world, 94, 9.4), "Two onboarding trainings are missing", "resolved",
        (
            ("chat", "end_user", "We were promised three trainings and had one. Plants Bremen and Gdansk still wait."),
            ("note", "teammate", "Maria was ill; nobody took over the two sessions."),
            ("chat", "teammate", "I am sorry. Maria holds Bremen next Tuesday, Gdansk next Thursday."),
            ("chat", "end_user", "Thank you, both dates work."),
        ),
        category="Onboarding", channel="chat", source="chat", conversation_id=handed["id"],
        escalation_reason="The customer asked for a person.",
    )  # fmt: skip


def _brightwater(world: World) -> None:
    """About to leave over double charges: critical health, urgent tickets, bad ratings."""
    customer = customers.company(
        world, LEAVING, "Brightwater Logistics", "brightwater.example", "Logistics", "Enterprise"
    )
    renews = (world.now + datetime.timedelta(days=41)).date()
    customer.row |= {"health_score": 19, "renewal_status": "set_to_cancel", "renewal_date": renews, "on_contract": True}
    tom = _known(world, customer, 420, "Tom Okafor", "Controller")
    for days, month in ((62, "first"), (33, "second"), (4, "third")):
        status = "resolved" if days > 40 else "priority"
        tickets.written(
            world, customer, tom, _at(world, days), f"Charged twice for the {month} month", status,
            (
                ("email", "end_user", f"This is the {month} month with 4,200.00 charged twice. Please refund it."),
                *([("email", "teammate", "I have refunded the second charge.")] if status == "resolved" else []),
            ),
            category="Billing",
        )  # fmt: skip
    conversations.told(
        world, customer, tom, _at(world, 5, 16), "Cancellation",
        (
            "If the double charges do not stop we cancel at the end of the term. What is the notice period?",
            "-You can change your plan at any time under Settings > Billing.",
            "I did not ask about plans. What is the notice period of our contract?",
            "It is 30 days before the end of the term. I am handing this over to our team.",
        ),
        "angry", "escalated",
    )  # fmt: skip


def _fjord(world: World) -> None:
    """Grows: asks for more of the API and gets it."""
    customer = customers.company(world, THRIVING, "Fjord Energy", "fjord-energy.example", "Energy", "Enterprise")
    customer.row |= {"health_score": 94, "renewal_status": "expansion_opportunity", "mrr": 7400.0, "arr": 88800.0}
    ingrid = _known(world, customer, 610, "Ingrid Dahl", "Chief Technology Officer")
    conversations.told(
        world, customer, ingrid, _at(world, 12), "Higher API limit",
        (
            "We connect 40 wind parks next month. Can our API limit be raised?",
            "On Enterprise the limit can be raised from 300 to 900 requests a minute. Shall I ask the team?",
            "Yes please, before the first of the month.",
            "Done: the team was asked and will confirm by mail.",
        ),
        "happy", "resolved",
    )  # fmt: skip
    tickets.written(
        world, customer, ingrid, _at(world, 11), "Raise API limit to 900 a minute", "in_progress",
        (
            ("email", "end_user", "As agreed in the chat: please raise our limit to 900 a minute before the first."),
            ("email", "teammate", "It is scheduled for the weekend; you will get a confirmation."),
        ),
        category="API",
    )  # fmt: skip


def _ember(world: World) -> None:
    """Hit by a known bug that the agent keeps denying."""
    customer = customers.company(world, STRUGGLING, "Ember Studios", "ember-studios.example", "Media", "Growth")
    customer.row |= {"health_score": 48, "renewal_status": "at_risk"}
    lea = _known(world, customer, 240, "Léa Moreau", "Project Manager")
    conversations.told(
        world, customer, lea, _at(world, 8, 11), "CSV export is empty",
        (
            "The CSV export of our time report is empty since Monday.",
            "-Please save the filter of the report, then export again.",
            "I did. It is still empty, and we invoice from it.",
            "-Please clear the cache of your browser and try again.",
        ),
        "frustrated", "abandoned",
    )  # fmt: skip
    tickets.written(
        world, customer, lea, _at(world, 7, 9), "CSV export EXP-214", "open",
        (
            ("email", "end_user", "Your assistant sends me in circles. The export is empty. When is it fixed?"),
            ("note", "teammate", "Same as EXP-214, fix is in review."),
        ),
        category="Bug",
    )  # fmt: skip
