"""Speaking to the ingestion API as a page with Acme's widget would, and as Acme's server."""

from __future__ import annotations

import time
from typing import Any

from flask.testing import FlaskClient
from joserfc import jws, jwt
from joserfc.jwk import OctKey
from werkzeug.test import TestResponse

from tests import cast

KEY = "ab_live_acme_widget_key_of_the_tests"
OTHER_KEY = "ab_live_umbra_widget_key_of_the_tests"
SECRET = "ha_secret_acme_identity_secret_of_the_tests"


def send(client: FlaskClient, path: str, body: Any = None, key: str = KEY, **options: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {key}"} | options.pop("headers", {})
    return (
        client.post(f"/api/sdk/{path}", json=body, headers=headers, **options)
        if body is not None
        else client.post(f"/api/sdk/{path}", headers=headers, **options)
    )


def a_user_token(user_id: str, secret: str = SECRET, **claims: Any) -> str:
    return jwt.encode({"alg": "HS256"}, {"user_id": user_id, **claims}, OctKey.import_key(secret))


def signed(payload: str, secret: str = SECRET) -> str:
    """A token with any bytes for a payload."""
    return jws.serialize_compact({"alg": "HS256"}, payload.encode(), OctKey.import_key(secret))


ODD_VALUES = ['"\\ud800"', '{"\\ud800": 1}', "NaN", "Infinity", "1e400", "9" * 400, "[" * 900 + "]" * 900, "[" * 3000]
"""JSON of some readers, but none that both databases keep and every reader takes."""


def an_update_token(secret: str = SECRET) -> str:
    claims = {"scope": "users.update", "exp": int(time.time()) + 300}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret))


def demand_identity() -> None:
    """Inside an app context: Acme now refuses end users without a token."""
    from halo.ground.database import one_change

    with one_change():
        cast.workspace().identity_required = True
