"""The probe, or Doctor: how an address answers as an MCP server, stage by stage, with evidence and what helps.

    examination = Examination(url, policy)
    for found in examination:  # each as it is known
        ...
    examination.auth_method, examination.place

It needs no row, changes nothing at the server, and goes out as every request does. Without credentials it sees what a
stranger sees; with those of a connected server it goes on to its list of tools.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

import httpx

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.ground.limits import SERVER_PROBE_SECONDS
from halo.ground.outbound import guard, overheard
from halo.ground.outbound.guard import Policy
from halo.ground.outbound.overheard import Exchange
from halo.servers import discovery, findings
from halo.servers.client import Address, Conversation, Upstream, Welcome
from halo.servers.discovery import Challenge, Place
from halo.servers.failures import NeedsSignIn
from halo.servers.findings import REMEDIES, STAGES, Found, Verdict


class Examination:
    """One look at a server; iterate it once."""

    def __init__(
        self,
        url: str,
        policy: Policy,
        headers: Mapping[str, str] | None = None,
        *,
        authorization: str | None = None,
        has_document: bool = False,
    ) -> None:
        """`authorization` is the header's value of a server that is signed in to; `has_document` says whether our own
        client metadata document can be read from outside."""
        self.url, self.policy = url, policy
        self.authorization, self.has_document = authorization, has_document
        self.found: list[Found] = []
        self.auth_method = "none"
        """The kind of sign-in that fits."""
        self.place: Place | None = None
        """Where to sign in, where it says so."""
        self.welcome: Welcome | None = None
        self._upstream = Upstream(Address(url, policy, tuple(sorted((headers or {}).items()))))

    @property
    def failure(self) -> Found | None:
        """The first stage that failed."""
        return next((each for each in self.found if each.verdict == "failed"), None)

    def __iter__(self) -> Iterator[Found]:
        left = list(STAGES)
        for found in self._stages():
            yield from self._skipped(left[: left.index(found.stage)])
            del left[: left.index(found.stage) + 1]
            self.found.append(found)
            yield found
        yield from self._skipped(left)

    def _skipped(self, stages: Sequence[str]) -> Iterator[Found]:
        for stage in stages:
            self.found.append(Found(stage, "skipped", self._why_not(stage)))
            yield self.found[-1]

    def all(self) -> list[Found]:
        """Every stage at once."""
        return list(self)

    def _stages(self) -> Iterator[Found]:
        yield (address := self._address())
        if address.verdict == "failed":
            return
        with overheard.listening() as heard:
            refusal = self._greeted(None)
        yield from self._reached(refusal, tuple(heard))
        if isinstance(refusal, NeedsSignIn):
            yield from self._sign_in(refusal)
        elif refusal is not None:
            return
        else:
            yield Found("challenge", "ok", findings.NO_SIGN_IN)
        yield from self._inside(refusal)

    def _address(self) -> Found:
        """Whether the name leads anywhere that Halo may go."""
        try:
            url = httpx.URL(self.url)
            with outbound.under(self.policy, SERVER_PROBE_SECONDS), guard.speaking(url.scheme):
                outbound.origin(url, self.policy)
                leads = guard.checked(url.host)
        except httpx.InvalidURL:
            return Found("address", "failed", "This is no address.", "Paste it as the vendor's page shows it.")
        except UpstreamFailed as problem:
            return Found("address", "failed", problem.message, REMEDIES["address"])
        facts = (("Host", url.host), ("Leads to", ", ".join(leads[:4])))
        return Found("address", "ok", f"{url.host} is known, and Halo may go there.", facts=facts)

    def _greeted(self, authorization: str | None) -> UpstreamFailed | None:
        """What the server says of itself, or why it does not."""
        try:
            with self._conversation(authorization) as talk:
                self.welcome = talk.welcome()
        except UpstreamFailed as problem:
            return problem
        return None

    def _conversation(self, authorization: str | None) -> AbstractContextManager[Conversation]:
        return self._upstream.conversation(authorization, seconds=SERVER_PROBE_SECONDS)

    def _reached(self, refusal: UpstreamFailed | None, heard: tuple[Exchange, ...]) -> Iterator[Found]:
        """The lines of encryption and of the answer, which one request tells."""
        if refusal is not None and refusal.stage == "address":
            yield Found("tls", "failed", refusal.message, REMEDIES["address"], exchanges=heard)
            return
        if refusal is not None and refusal.stage == "tls":
            yield Found("tls", "failed", refusal.message, REMEDIES["tls"], exchanges=heard)
            return
        statuses = [each.status for each in heard if each.status is not None]
        if statuses:
            yield findings.encrypted(heard[0].encryption)
        if refusal is not None and not isinstance(refusal, NeedsSignIn):
            yield Found("http", "failed", refusal.message, findings.remedy(refusal, statuses), exchanges=heard)
            return
        yield Found("http", "ok", f"It answers over HTTP ({statuses[0]}).", exchanges=heard)

    def _sign_in(self, refusal: NeedsSignIn) -> Iterator[Found]:
        """Where and how to sign in: the challenge, the resource's document, the authorization server's."""
        told = discovery.challenge(refusal.challenge)
        self.auth_method = "bearer"
        yield findings.challenged(refusal, told)
        with overheard.listening() as heard:
            problem = self._discovered(told)
        issuers = tuple(each for each in heard if discovery.SERVER in each.url or discovery.OPENID in each.url)
        resources = tuple(each for each in heard if each not in issuers)
        if self.place is not None:
            self.auth_method = "oauth2"
            yield from findings.placed(self.place, resources, issuers)
        elif problem is not None and issuers and any(each.status == 200 for each in resources):
            yield Found("resource", "ok", "It names an authorization server.", exchanges=resources)
            yield Found("issuer", "failed", problem.message, REMEDIES["issuer"], exchanges=issuers)
        elif problem is not None:
            yield Found("resource", "warning", problem.message, REMEDIES["resource"], exchanges=tuple(heard))

    def _discovered(self, told: Challenge) -> UpstreamFailed | None:
        try:
            with outbound.under(self.policy, SERVER_PROBE_SECONDS):
                place = discovery.find(self.url, told)
        except UpstreamFailed as problem:
            return problem
        # Without any document the default places are a guess, which a server behind a bearer token does not mean.
        if place.is_described or place.issuer.methods:
            self.place = place
            return None
        return UpstreamFailed("auth", "It has no document that says where to sign in.")

    def _inside(self, refusal: UpstreamFailed | None) -> Iterator[Found]:
        """What it speaks, how Halo becomes a client there, and what it lists, as far as it lets us in."""
        if refusal is not None and self.authorization is not None:
            with overheard.listening() as heard:
                refusal = self._greeted(self.authorization)
            if refusal is not None:
                yield Found("era", "failed", refusal.message, REMEDIES["auth"], exchanges=tuple(heard))
        if refusal is None and self.welcome is not None:
            yield findings.spoken(self.welcome)
        if self.place is not None:
            yield self._registration(self.place)
        if refusal is None:
            yield self._listed()

    def _registration(self, place: Place) -> Found:
        facts = (("Registration endpoint", place.issuer.registration_endpoint or "none"),)
        if place.issuer.takes_documents and self.has_document:
            return Found("registration", "ok", "It takes Halo by the address of its client document.", facts=facts)
        if place.issuer.registration_endpoint:
            return Found("registration", "ok", "Halo registers there by itself.", facts=facts)
        return Found(
            "registration", "warning", "It registers no clients by itself.", REMEDIES["registration"], facts=facts
        )

    def _listed(self) -> Found:
        try:
            with overheard.listening() as heard, self._conversation(self.authorization) as talk:
                listed = talk.tools()
        except UpstreamFailed as problem:
            return Found("tools", "failed", problem.message, REMEDIES["tools"], exchanges=tuple(heard))
        count = len(listed.tools)
        verdict: Verdict = "ok" if count else "warning"
        return Found("tools", verdict, f"It lists {count} tool{'' if count == 1 else 's'}.", exchanges=tuple(heard))

    def _why_not(self, stage: str) -> str:
        if self.failure is not None:
            return "Not looked at, because of what failed above."
        if self.auth_method == "none":
            return "Not needed: it asks for no sign-in."
        return findings.WAITS.get(stage, "Not looked at.")
