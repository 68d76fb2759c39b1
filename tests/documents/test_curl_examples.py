"""The curl examples of the ingestion page, sent as they stand."""

import json
import re
import shlex
import time

import jwt
import pytest

from halo.documents import service
from halo.ground import vault
from halo.ground.settings import development_settings
from tests.cast import ACME, workspace

PAGE = service.library(development_settings()).get("ingestion-api").markdown
EXAMPLES = [block for block in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL) if block.startswith("curl")]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda block: re.search(r"/api/sdk(/\S+)", block)[1])
def test_an_example_of_the_ingestion_page_is_accepted(app, client, example):
    with app.app_context():
        acme = workspace(ACME)
        key, workspace_id, secret = acme.widget_key, acme.id, vault.open(acme.identity_secret)
    claims = {"scope": "users.update", "exp": int(time.time()) + 200}
    words = shlex.split(example.replace("\\\n", " ").replace("$HALO_KEY", key))
    address = next(word for word in words if word.startswith("http")).replace("your-workspace-id", workspace_id)
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    body = words[words.index("-d") + 1].replace("eyJ...", jwt.encode(claims, secret)) if "-d" in words else None
    path = address.partition("/api/sdk")[2]
    answer = client.open("/api/sdk" + path, method="POST" if body else "GET", headers=headers, data=body)
    assert answer.status_code in (200, 201), answer.text
    assert json.loads(answer.text)


def test_the_page_has_an_example_for_every_endpoint(app):
    rules = {rule.rule.removeprefix("/api/sdk") for rule in app.url_map.iter_rules() if "/api/sdk/" in rule.rule}
    shown = {re.search(r"/api/sdk(/[a-z/]+)", block)[1] for block in EXAMPLES}
    assert shown == rules
