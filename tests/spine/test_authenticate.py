"""A bearer token is good until the moment that anything behind it changes."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask
from sqlalchemy import update

from halo import authenticate, gate
from halo.ground.database import now, one_change
from halo.ground.errors import Denied, Reason
from halo.ground.permissions import Permission
from halo.ledger import changes
from halo.oauth.models import Grant
from halo.workspaces.models import Membership
from tests import cast
from tests.factories import a_caller, a_grant, a_token


def touch(workspace_id: str) -> None:
    changes.raise_version(workspace_id)


def test_an_unknown_token_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(Denied) as refused:
        authenticate.by_bearer("halo_at_unknown")
    assert refused.value.reason is Reason.credential_unknown


def test_an_expired_token_is_refused_and_its_owner_known(app: Flask) -> None:
    with app.app_context(), pytest.raises(authenticate.Refused) as refused:
        authenticate.by_bearer(a_token(seconds=-1))
    assert refused.value.reason is Reason.credential_expired
    assert refused.value.client.person_email == cast.OWNER


def test_a_grant_that_ends_ends_its_tokens(app: Flask) -> None:
    with app.app_context(), pytest.raises(authenticate.Refused) as refused:
        authenticate.by_bearer(a_token(grant=a_grant(expires_at=now() - datetime.timedelta(seconds=1))))
    assert refused.value.reason is Reason.credential_expired


def test_revoking_is_in_force_on_the_next_call(app: Flask) -> None:
    with app.app_context():
        token = a_token()
        grant_id, workspace_id = authenticate.by_bearer(token).grant_id, cast.workspace().id
        with one_change() as rows:
            rows.execute(update(Grant).where(Grant.id == grant_id).values(revoked_at=now()))
            touch(workspace_id)
        with pytest.raises(authenticate.Refused) as refused:
            authenticate.by_bearer(token)
    assert refused.value.reason is Reason.credential_revoked


def test_a_lost_permission_shrinks_the_grant_at_once(app: Flask) -> None:
    with app.app_context():
        token = a_token(person=cast.SUPPORT)
        assert Permission.CONTACTS_VIEW in authenticate.by_bearer(token).permissions
        with one_change() as rows:
            person_id = cast.person(cast.SUPPORT).id
            rows.execute(update(Membership).where(Membership.person_id == person_id).values(permissions=[]))
            touch(cast.workspace().id)
        assert authenticate.by_bearer(token).permissions == frozenset()


def test_a_person_who_left_is_no_member(app: Flask) -> None:
    with app.app_context():
        caller = a_caller(person=cast.STRANGER, workspace=cast.ACME)
    assert not caller.is_member
    assert gate.connection_refusal(caller) is Reason.person_inactive


def test_a_narrowed_grant_narrows_its_tokens(app: Flask) -> None:
    with app.app_context():
        token = a_token("actions:*")
        grant_id = authenticate.by_bearer(token).grant_id
        with one_change() as rows:
            rows.execute(update(Grant).where(Grant.id == grant_id).values(scopes="actions:hubspot:create_deal"))
            touch(cast.workspace().id)
        assert authenticate.by_bearer(token).scopes == {"actions:hubspot:create_deal"}
