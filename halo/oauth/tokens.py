"""Codes and tokens: opaque, stored by digest only, single use where they are single use.

A refresh token rotates on every use. Several processes of one client race in practice, so the same refresh token
within `REPLAY_SECONDS` is answered with the identical successor pair (S-46). The pair is derived from the
old token and a key of the server, so nothing readable has to be stored for that. Later use ends the whole connection.
"""

from __future__ import annotations

import base64
import datetime
import secrets
from dataclasses import dataclass

from sqlalchemy import select

from halo.ground import scopes, vault
from halo.ground.database import db, now
from halo.ground.settings import Settings
from halo.ledger import changes
from halo.oauth import admission, grants
from halo.oauth.models import AuthorizationCode, Grant, OAuthClient, Token
from halo.workspaces.models import Membership, Person

CODE, ACCESS, REFRESH = "halo_ac_", "halo_at_", "halo_rt_"
REPLAY_SECONDS = 60


@dataclass(frozen=True)
class Pair:
    """What the token endpoint hands out."""

    access: str
    refresh: str
    expires_in: int
    scope: str

    def wire(self) -> dict[str, str | int]:
        """RFC 6749 section 5.1."""
        return {
            "access_token": self.access,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "refresh_token": self.refresh,
            "scope": self.scope,
        }


def new_text(prefix: str) -> str:
    """A fresh secret: the prefix and 32 random bytes."""
    return prefix + secrets.token_urlsafe(32)


def new_code(
    grant: Grant, *, redirect_uri: str, was_sent: bool, code_challenge: str, scope: str, resource: str, seconds: int
) -> str:
    """A code for the grant, bound to all that was agreed."""
    text = new_text(CODE)
    db.session.add(
        AuthorizationCode(
            digest=vault.digest(text),
            grant_id=grant.id,
            redirect_uri=redirect_uri,
            redirect_uri_sent=was_sent,
            code_challenge=code_challenge,
            scopes=scope,
            resource=resource,
            expires_at=now() + datetime.timedelta(seconds=seconds),
        )
    )
    return text


def grant_of_code(text: str) -> str | None:
    """The id of the grant that a code was made for, used or not."""
    return db.session.scalar(select(AuthorizationCode.grant_id).where(AuthorizationCode.digest == vault.digest(text)))


def redeemable(text: str, client: OAuthClient) -> AuthorizationCode | None:
    """The code, locked, if this client may redeem it now. A used one ends what it produced (RFC 6749 4.1.2)."""
    code = db.session.scalar(
        select(AuthorizationCode).where(AuthorizationCode.digest == vault.digest(text)).with_for_update()
    )
    if code is None or code.grant.client_row_id != client.id:
        return None
    if code.used_at is not None:
        grants.end_for_replay(code.grant, "code_replayed")
        return None
    if code.expires_at <= now() or not is_live(code.grant):
        return None
    return code if admission.refusal(client, code.grant.workspace_id) is None else None


def usable_refresh(text: str, client: OAuthClient) -> Token | None:
    """The refresh token, locked, if this client may use it, also again within the window; late re-use ends it all."""
    token = _of_text(text, "refresh", lock=True)
    if token is None or token.grant.client_row_id != client.id:
        return None
    if token.revoked_at is not None or token.expires_at <= now() or not is_live(token.grant):
        grants.note_refused_refresh(token.grant)
        return None
    if token.rotated_at is not None and now() - token.rotated_at > datetime.timedelta(seconds=REPLAY_SECONDS):
        grants.end_for_replay(token.grant, "refresh_replayed")
        return None
    return token


def begin(grant: Grant, *, scope: str, resource: str, settings: Settings) -> Pair:
    """The first pair of a grant."""
    access, refresh = new_text(ACCESS), new_text(REFRESH)
    expires_in = keep(grant, "access", access, scope, resource, settings.access_token_seconds)
    keep(grant, "refresh", refresh, scope, resource, settings.refresh_token_seconds)
    return Pair(access, refresh, expires_in, scope)


def rotate(old: Token, text: str, *, scope: str, settings: Settings) -> Pair:
    """The successor pair of a refresh token; the identical one where it was rotated just now.

    The new access token carries the asked scope, the new refresh token all that the old one did (RFC 6749 section 6).
    """
    access, refresh = _derived(ACCESS, text), _derived(REFRESH, text)
    if old.rotated_at is not None and (held := _of_text(access, "access")) is not None:
        return Pair(access, refresh, _left(held.expires_at), _in_force(held.scopes, old.grant))
    old.rotated_at = now()
    expires_in = keep(old.grant, "access", access, scope, old.resource, settings.access_token_seconds)
    keep(old.grant, "refresh", refresh, old.scopes, old.resource, settings.refresh_token_seconds)
    return Pair(access, refresh, expires_in, _in_force(scope, old.grant))


def revoke(text: str, client: OAuthClient | None) -> None:
    """RFC 7009: a refresh token ends its connection, an access token only itself. A stranger's token stays.

    Without a client only what belongs to public clients is touched: who holds such a token may as well end it.
    """
    token = _of_text(text, "refresh", lock=True) or _of_text(text, "access", lock=True)
    if token is None or token.revoked_at is not None:
        return
    owner = token.grant.client
    if owner.id != client.id if client else owner.token_endpoint_auth_method != "none":  # noqa: S105 - a method's name
        return
    if token.kind == "refresh":
        grants.end(token.grant, "revoked_by_client", principal=None, by=grants.label(token.grant))
    else:
        token.revoked_at = now()
        changes.raise_version(token.workspace_id)


def keep(grant: Grant, kind: str, text: str, scope: str, resource: str, seconds: int) -> int:
    """Store a token, which never outlives the person's consent; how many seconds it lives."""
    end = now() + datetime.timedelta(seconds=seconds)
    end = min(end, grant.expires_at) if grant.expires_at else end
    db.session.add(
        Token(
            digest=vault.digest(text),
            kind=kind,
            grant_id=grant.id,
            workspace_id=grant.workspace_id,
            family_id=grant.id,
            scopes=scope,
            resource=resource,
            expires_at=end,
        )
    )
    return _left(end)


def is_live(grant: Grant) -> bool:
    """Whether the grant still holds: not ended, not over, and its person still an active member of the workspace."""
    if grant.revoked_at is not None or (grant.expires_at is not None and grant.expires_at <= now()):
        return False
    active = db.session.scalar(
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Person.id == grant.person_id,
            Person.deactivated_at.is_(None),
            Membership.workspace_id == grant.workspace_id,
        )
    )
    return active is not None


def _in_force(scope: str, grant: Grant) -> str:
    """What the token's scope amounts to while the grant is narrowed (`halo.apps.access`); the client is told that."""
    return scopes.join(scopes.intersect(scope.split(), grant.scopes.split()))


def _left(end: datetime.datetime) -> int:
    return max(1, round((end - now()).total_seconds()))


def _derived(prefix: str, text: str) -> str:
    raw = bytes.fromhex(vault.current().sign("successor", prefix, text))
    return prefix + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _of_text(text: str, kind: str, *, lock: bool = False) -> Token | None:
    wanted = select(Token).where(Token.digest == vault.digest(text), Token.kind == kind)
    return db.session.scalar(wanted.with_for_update() if lock else wanted)


def narrowed(token: Token, asked: str | None) -> str | None:
    """What a refresh may carry: the same or less (RFC 6749 section 6); None where more was asked for.

    `offline_access` is not a request for anything. `actions:*` brings along the read scopes that the token holds.
    """
    if not set((asked or "").split()) - {scopes.OFFLINE}:
        return token.scopes
    words, held = scopes.parse(asked), token.scopes.split()
    if not words or scopes.narrow(held, words) != words:
        return None
    return scopes.join(scopes.narrow(held, scopes.expand(words)))
