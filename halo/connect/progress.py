"""What the live panel says: five steps, each done, under way, failed or still to come, and what went wrong."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Literal

from halo.audit import of_grants
from halo.ground.errors import Reason
from halo.ground.principal import Member
from halo.ground.settings import Settings
from halo.oauth import connecting, steps
from halo.oauth.connecting import Attempt
from halo.oauth.models import ConnectionStep
from halo.oauth.steps import StepKind

State = Literal["done", "now", "failed", "later"]
PATIENCE = datetime.timedelta(minutes=10)
"""After this long without anything new the panel stops looking by itself."""


@dataclass(frozen=True)
class Milestone:
    """One line of the panel."""

    title: str
    state: State
    sentence: str
    at: datetime.datetime | None = None


@dataclass(frozen=True)
class Progress:
    """Where a connection stands."""

    steps: list[Milestone]
    client_name: str

    @property
    def is_done(self) -> bool:
        return all(step.state == "done" for step in self.steps)

    @property
    def failed(self) -> Milestone | None:
        return next((step for step in self.steps if step.state == "failed"), None)


def so_far(*, since: datetime.datetime, principal: Member, settings: Settings) -> Progress:
    """Where the newest connection of this person stands, of those that began since then."""
    noted = steps.noted(since=since, principal=principal)
    attempt = connecting.latest(since=since, principal=principal, settings=settings)
    lines = [
        _found(noted, attempt),
        _introduced(noted, attempt),
        _allowed(noted, attempt),
        _fetched(noted, attempt),
        _called(attempt, principal),
    ]
    return Progress(_in_order(lines), attempt.client_name if attempt else "")


def _found(noted: list[ConnectionStep], attempt: Attempt | None) -> Milestone:
    title = "The app finds Halo"
    seen = next((step for step in noted if step.kind == StepKind.DISCOVERED), None)
    if seen is not None or attempt is not None:
        at = seen.at if seen else attempt.asked_at if attempt else None
        return Milestone(title, "done", "It asked for the address and was told where to sign in.", at)
    return Milestone(title, "now", "Waiting for the app to try the address.")


def _introduced(noted: list[ConnectionStep], attempt: Attempt | None) -> Milestone:
    title = "It says who it is"
    if problem := _problem(noted, StepKind.NOT_REGISTERED, attempt.asked_at if attempt else None):
        return Milestone(title, "failed", f"Its registration was refused: {problem.sentence}", problem.at)
    if attempt is None and _problem(noted, StepKind.NOT_ASKED, None):
        return Milestone(title, "done", "It came with a name and asked for sign-in.")
    if attempt is None:
        return Milestone(title, "later", "It registers itself, or names its own document.")
    how = "Its own document describes it" if attempt.client_kind == "cimd" else "It registered itself"
    return Milestone(title, "done", f"{how}, as {attempt.client_name}.", attempt.asked_at)


def _allowed(noted: list[ConnectionStep], attempt: Attempt | None) -> Milestone:
    title = "You sign in and allow it"
    if problem := _problem(noted, StepKind.NOT_ASKED, attempt.asked_at if attempt else None):
        return Milestone(title, "failed", f"Its request was refused: {problem.sentence}", problem.at)
    if attempt is None:
        return Milestone(title, "later", "Your browser opens, and you choose what the app may do.")
    if attempt.allowed_at is not None:
        return Milestone(title, "done", f"You allowed {attempt.client_name}.", attempt.allowed_at)
    if attempt.is_answered:
        return Milestone(title, "failed", f"You denied {attempt.client_name}. To try again, press connect in the app.")
    if attempt.is_over:
        return Milestone(title, "failed", "Nobody answered within ten minutes. Press connect in the app again.")
    asks = f"{attempt.client_name} asks for access. Answer on the page that it opened in your browser."
    return Milestone(title, "now", asks, attempt.asked_at)


def _fetched(noted: list[ConnectionStep], attempt: Attempt | None) -> Milestone:
    title = "The app fetches its key"
    allowed_at = attempt.allowed_at if attempt else None
    if attempt is not None and attempt.token_at is not None:
        return Milestone(
            title, "done", "It exchanged your answer for a key of its own. Nobody had to copy one.", attempt.token_at
        )
    if problem := _problem(noted, StepKind.NO_TOKEN, allowed_at):
        return Milestone(title, "failed", f"The exchange was refused: {problem.sentence}", problem.at)
    if allowed_at is None:
        return Milestone(title, "later", "It exchanges your answer for a key of its own.")
    return Milestone(title, "now", "Waiting for the app to come back with your answer.")


def _called(attempt: Attempt | None, principal: Member) -> Milestone:
    title = "Its first call"
    if attempt is None or attempt.token_at is None:
        return Milestone(title, "later", "It reads the list of tools, and calls one when you ask it something.")
    call = of_grants.of_grant(attempt.grant_id, workspace_id=principal.workspace_id)
    if call is not None and call.outcome == "refused":
        reason = Reason.__members__.get(call.reason or "")
        said = f"{reason.sentence} Who can lift it: {reason.lifted_by}" if reason else "The audit log says why."
        return Milestone(title, "failed", f"Its call was refused: {said}", call.at)
    if call is not None and call.tool:
        return Milestone(title, "done", f"{attempt.client_name} just called {call.tool}.", call.at)
    if attempt.last_used_at is not None:
        return Milestone(
            title, "done", f"{attempt.client_name} is connected. Now ask it something.", attempt.last_used_at
        )
    return Milestone(title, "now", "The app has its key. Waiting for it to read the list of tools.")


def _problem(noted: list[ConnectionStep], kind: StepKind, after: datetime.datetime | None) -> ConnectionStep | None:
    """The newest step of the kind, unless the connection has come further since."""
    found = [step for step in noted if step.kind == kind and (after is None or step.at > after)]
    return found[-1] if found else None


def _in_order(lines: list[Milestone]) -> list[Milestone]:
    """At most one line is under way, and none behind a failed or a waiting one is."""
    shown: list[Milestone] = []
    stopped = False
    for line in lines:
        waits = line.state in ("now", "later")
        step = replace(line, state="later" if stopped else "now") if waits else line
        stopped = stopped or step.state in ("now", "failed")
        shown.append(step)
    return shown
