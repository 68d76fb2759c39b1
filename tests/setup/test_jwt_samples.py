"""The samples that sign identity tokens, run as a customer would run them."""

import os
import shutil
import subprocess
import sys
import time

import pytest

from halo.contacts.identity import verify_identity
from halo.ground.errors import Denied
from halo.setup.jwt_samples import FOLDER, SECRET_VARIABLE, sample
from tests.support import node
from tests.support.parts import require

SECRET = "ha_secret_" + "k" * 43


def run(*command, user_id, secret=SECRET):
    environment = {**os.environ, SECRET_VARIABLE: secret}
    done = subprocess.run([*command, user_id], capture_output=True, text=True, env=environment, timeout=60, check=True)
    return done.stdout.strip()


def signed_by_python(user_id, **options):
    return run(sys.executable, FOLDER / "identity.py", user_id=user_id, **options)


def signed_by_node(user_id, **options):
    return run(require("Node", node.find), FOLDER / "identity.mjs", user_id=user_id, **options)


@pytest.mark.parametrize("sign", [signed_by_python, signed_by_node])
@pytest.mark.parametrize("user_id", ["user_42", "42", 'O\'Brien "ü" \\ 🦊'])
def test_halo_accepts_the_token_of_a_sample(sign, user_id):
    identity = verify_identity(sign(user_id), SECRET)
    assert identity.user_id == user_id
    assert 23 * 3600 < identity.claims["exp"] - time.time() <= 24 * 3600


@pytest.mark.parametrize("sign", [signed_by_python, signed_by_node])
def test_halo_refuses_the_token_of_a_sample_under_another_secret(sign):
    with pytest.raises(Denied):
        verify_identity(sign("user_42", secret="ha_secret_" + "x" * 43), SECRET)


def test_halo_accepts_the_tokens_of_other_samples_whose_language_is_on_this_machine():
    """No part of the tests' own: Python and Node always run, these where somebody has them."""
    for program, file in {"java": "Identity.java", "php": "identity.php"}.items():
        if found := shutil.which(program):
            token = run(found, FOLDER / file, user_id='user "42" \\')
            assert verify_identity(token, SECRET).user_id == 'user "42" \\'


@pytest.mark.parametrize("language", ["node", "python", "ruby", "php", "go", "java"])
def test_every_sample_reads_the_secret_from_the_environment_and_holds_none(language):
    given = sample(language)
    assert SECRET_VARIABLE in given.code
    assert "user_id" in given.code
    assert "ha_secret_" not in given.code
    assert given.file in given.run
