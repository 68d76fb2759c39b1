"""setup_get_install_snippet and setup_get_jwt_sample, called through the gate."""

import pytest

import halo.tools.setup  # noqa: F401 - declares them
from halo.ground import vault
from halo.ground.database import quick
from halo.ground.errors import Denied, Reason
from halo.tools.setup import GetJwtSample, setup_get_jwt_sample
from tests.cast import ACME, STRANGER, UMBRA, workspace
from tests.support.statements import watched
from tests.tools.calling import call, client_of

SCOPE = "setup:read"


@pytest.fixture(autouse=True)
def in_app(app):
    with app.app_context():
        yield


@pytest.mark.parametrize("framework", ["html", "react", "next", "vue", "rails", "django", "wordpress", "gtm"])
def test_a_snippet_carries_the_callers_workspace(framework):
    data = call("setup_get_install_snippet", {"framework": framework}, scopes=SCOPE).plain()
    assert workspace(ACME).id in data["code"]
    assert workspace(ACME).widget_key in data["code"]


def test_another_workspaces_client_gets_its_own_values():
    answer = call("setup_get_install_snippet", {}, email=STRANGER, slug=UMBRA, scopes=SCOPE)
    assert workspace(UMBRA).widget_key in answer.text
    assert workspace(ACME).widget_key not in answer.text


def test_no_answer_carries_the_identity_secret():
    secret = vault.open(workspace(ACME).identity_secret)
    answers = [call("setup_get_install_snippet", {}, scopes=SCOPE)]
    answers += [call("setup_get_jwt_sample", {"language": name}, scopes=SCOPE) for name in ("node", "go")]
    assert not any(secret in answer.text or "ha_secret_" in answer.text for answer in answers)


def test_a_framework_that_is_not_there_is_answered_with_those_that_are():
    answer = call("setup_get_install_snippet", {"framework": "cobol"}, scopes=SCOPE)
    assert answer.is_error
    assert "gtm" in answer.text


@pytest.mark.parametrize("language", ["node", "python", "ruby", "php", "go", "java"])
def test_a_sample_comes_with_how_to_run_it(language):
    answer = call("setup_get_jwt_sample", {"language": language}, scopes=SCOPE)
    data = answer.plain()
    assert data["file"] in data["run"]
    assert data["code"] in answer.text


def test_a_jwt_sample_reads_nothing_from_the_database(app, monkeypatch):
    principal = client_of(STRANGER, UMBRA, SCOPE)
    raw = []
    monkeypatch.setattr(quick, "_run", lambda *sent: raw.append(sent) or [])
    with watched(app) as statements:
        answer = setup_get_jwt_sample(GetJwtSample(language="python"), principal=principal)
    assert "HALO_IDENTITY_SECRET" in answer.text
    assert statements == raw == []


@pytest.mark.parametrize("name", ["setup_get_install_snippet", "setup_get_jwt_sample"])
def test_without_the_scope_the_call_is_refused(name):
    with pytest.raises(Denied) as refused:
        call(name, {"language": "go"}, scopes="docs:read")
    assert refused.value.reason is Reason.scope_missing
