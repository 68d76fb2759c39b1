"""What is done with clients while nobody waits: forgetting those that nobody used, and requests that are over."""

from __future__ import annotations

from halo import jobs
from halo.oauth import clients, transactions


@jobs.every(
    3600, name="oauth.reap", says="Forgets registrations that nobody used, and requests for consent that are over."
)
def reap(turn: jobs.Turn) -> bool:
    with turn.change():
        return transactions.forget_dead() or clients.reap() == clients.AT_ONCE
