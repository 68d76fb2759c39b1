"""Install snippets: filled, and escaped so that no value breaks out of its place."""

import html
import json
import re
import subprocess
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo.setup import snippets
from halo.setup.snippets import Framework
from tests.support import node
from tests.support.parts import require

WORKSPACE, KEY = "01890a5d-ac96-774b-bcce-b302099a8057", "ab_live_0123456789abcdef"
CDN = "https://cdn.example/halo.js?v=1&w=%41"


def snippet(framework, **values):
    chosen = {"workspace_id": WORKSPACE, "widget_key": KEY, "cdn_url": CDN, "base_url": "https://halo.example"}
    return snippets.snippet(framework, **chosen | values)


@pytest.mark.parametrize("framework", get_args(Framework))
def test_every_framework_gets_both_values_and_the_script(framework):
    code = snippet(framework).code
    assert f'orgId: "{WORKSPACE}", apiKey: "{KEY}"' in code
    assert "window.HaloAgents.init({" in code
    assert "cdn.example/halo.js" in code
    assert not re.search(r"\b(JS|ATTR|PHP)_[A-Z]|BASE_URL", code)


@pytest.mark.parametrize("framework", get_args(Framework))
def test_no_value_ends_the_script_or_opens_a_template_tag(framework):
    evil = "'\"</script>{{ 1 }}{% x %}<%= 1 %>${1}`"
    plain = snippet(framework)
    code = snippet(framework, widget_key=evil, workspace_id=evil).code
    for mark in ("</script", "{{", "{%", "<%", "?>"):
        assert code.count(mark) == plain.code.count(mark)


@given(st.text())
def test_a_javascript_literal_reads_back_as_the_value(value):
    literal = snippets.javascript(value)
    assert json.loads(literal) == value
    assert literal.isascii()
    assert not set(literal) & set("<>&{}%'`")


def test_javascript_reads_the_literal_as_json_does():
    value = "a'\"\\</script>\u2028\n{{x}} 🦊"
    program = f"process.stdout.write({snippets.javascript(value)})"
    done = subprocess.run([require("Node", node.find), "-e", program], capture_output=True, check=True)
    assert done.stdout.decode() == value


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_an_attribute_reads_back_as_the_value(value):
    inside = snippets.attribute(value)
    assert html.unescape(inside) == value
    assert not set(inside) & set("\"<>{}%'")


def test_a_php_literal_escapes_quotes_and_backslashes():
    assert snippets.php("a'b\\") == "'a\\'b\\\\'"


def test_the_plain_page_snippet_runs_in_a_page_with_the_script():
    code = snippet("html").code
    script = re.search(r"<script>\n(.*?)</script>", code, re.DOTALL)[1]
    program = f"const window={{HaloAgents:{{init:o=>process.stdout.write(JSON.stringify(o))}}}};{script}"
    done = subprocess.run([require("Node", node.find), "-e", program], capture_output=True, check=True)
    assert json.loads(done.stdout) == {"orgId": WORKSPACE, "apiKey": KEY}
