"""What the pages tell people to type against /api/mcp, typed against a real server."""

import os
import re
import shlex
import subprocess
import sys

import httpx
import pytest

from halo.documents.service import Library
from tests.cast import ACME, OWNER

PAGES = ("connecting-clients", "protocol-reference", "personal-access-tokens")
pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)


@pytest.fixture
def token(live_server):
    scopes = "docs:read data:read"
    made = live_server.flask("token", "create", "--workspace", ACME, "--person", OWNER, "--scopes", scopes)
    assert re.fullmatch(r"halo_at_[\w-]{43}\n", made.stdout), made.stderr
    return made.stdout.strip()


def blocks(base_url, language, *slugs):
    library = Library(base_url, "https://cdn.example/halo.js")
    texts = "\n".join(library.get(slug).markdown for slug in slugs)
    return re.findall(rf"```{language}\n(.*?)```", texts, re.DOTALL)


def test_the_python_example_asks_for_open_tickets(live_server, token):
    (program,) = blocks(live_server.url, "python", "connecting-clients")
    environment = os.environ | {"HALO_TOKEN": token}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "'tickets'" in done.stdout


def test_every_curl_example_gets_a_result(live_server, token):
    shown = [block for block in blocks(live_server.url, "bash", *PAGES) if block.startswith("curl")]
    assert len(shown) == 4
    for block in shown:
        words = shlex.split(block.replace("\\\n", " ").replace("$HALO_TOKEN", token))
        headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
        address = next(word for word in words if word.startswith("http"))
        answer = httpx.post(address, headers=headers, content=words[words.index("-d") + 1])
        assert "result" in answer.json(), f"{block}\n{answer.text}"
