"""Who reads the documentation can check what we sign: its samples are run as they stand there."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from halo.audit.leaving import streams, webhook
from halo.audit.models import Stream
from halo.ground import vault
from halo.ground.database import db, now, one_change
from tests import cast
from tests.audit.leaving.receiver import Message, Receiver, receiver
from tests.audit.leaving.test_delivery import HOUR, a_stream, member, run, settled_at_once, stream_of
from tests.audit.test_calls import a_call
from tests.support import node
from tests.support.parts import ROOT, require

__all__ = ["receiver", "settled_at_once"]
PAGE = (ROOT / "halo/docs/sending-the-log-on.md").read_text()
Check = Callable[[Message, str, float], bool]


def sample(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def by_python(message: Message, secret: str, at: float) -> bool:
    names: dict[str, Any] = {}
    exec(sample("python"), names)
    return bool(names["is_from_halo"](message.headers, message.body, secret, at))


def by_node(message: Message, secret: str, at: float) -> bool:
    script = sample("js") + (
        "const [headers, body, secret, now] = JSON.parse(process.argv[1]);"
        "console.log(isFromHalo(headers, Buffer.from(body, 'base64'), secret, now));"
    )
    given = json.dumps([message.headers, base64.b64encode(message.body).decode(), secret, at])
    command = [require("Node", node.find), "--input-type=module", "-e", script, "--", given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip() == "true"


@pytest.mark.parametrize("check", [by_python, by_node])
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_samples_tell_our_messages_from_all_others(app: Flask, receiver: Receiver, check: Check) -> None:
    with app.app_context():
        a_call(arguments={"query": "Grüße — 東京"})
        stream = a_stream(receiver.url)
        run(stream)
        secret, at = vault.open(stream_of(stream).secret), now().timestamp()
    (message,) = receiver.messages
    other = Message(message.path, message.headers | {"webhook-id": "msg_other"}, message.body)
    changed = Message(message.path, message.headers, message.body.replace(b"call", b"Call", 1))
    assert check(message, secret, at)
    assert not check(message, webhook.new_secret(), at)
    assert not check(other, secret, at) and not check(changed, secret, at)
    assert not check(message, secret, at + 301)


def test_a_replaced_secret_signs_for_another_day(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        stream = a_stream(receiver.url)
        old = vault.open(stream_of(stream).secret)
        _, new = streams.rotate(stream, principal=member(cast.OWNER))
        a_call()
        run(stream)
        first = receiver.messages[0]
        at = now().timestamp()
        assert by_python(first, old, at) and by_python(first, new, at) and old != new
        with one_change():
            db.session.get_one(Stream, stream).old_until = now()
        a_call()
        run(stream, now() + HOUR)
        second = receiver.messages[1]
        assert by_python(second, new, at) and not by_python(second, old, at)


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of its specification."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    made = webhook.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, [secret])
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_32_random_bytes_and_is_kept_sealed(app: Flask, receiver: Receiver) -> None:
    assert len(base64.b64decode(webhook.new_secret().removeprefix("whsec_"))) == 32
    with app.app_context():
        row = stream_of(a_stream(receiver.url, header="Authorization: Bearer shh"))
        kept = f"{row.secret} {row.address} {row.header}"
        assert "whsec_" not in kept and "127.0.0.1" not in kept and "shh" not in kept
