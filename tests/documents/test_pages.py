"""The pages of halo/docs hold together, and what they list is what the code has."""

import json
import re

import pytest

import halo.tools  # noqa: F401 - declares them
from halo import tool
from halo.documents import pages, render, service
from halo.flags.vocabulary import CATALOGUE
from halo.gate import table
from halo.ground import limits, scopes
from halo.ground.errors import Reason
from halo.ground.permissions import Permission
from halo.ground.settings import development_settings
from tests.support.parts import ROOT

LIBRARY = service.library(development_settings())
NOT_OF_CALLS = {it.name for it in (*table.AT_OTHER_DOORS, *table.RETIRED)}


def text_of(slug):
    return LIBRARY.get(slug).markdown


@pytest.mark.parametrize("page", LIBRARY.pages, ids=lambda page: page.slug)
def test_every_link_between_pages_ends_at_a_passage(page):
    for slug, anchor in re.findall(r"\]\((?:([a-z-]+)\.md)?(?:#([a-z0-9_-]+))?\)", page.markdown):
        target = LIBRARY.get(slug or page.slug)
        assert not anchor or target.passages_at(anchor), f"{page.slug} links to {slug}#{anchor}"


@pytest.mark.parametrize("page", LIBRARY.pages, ids=lambda page: page.slug)
def test_every_page_says_what_it_is_about(page):
    assert page.title
    assert page.section
    assert 20 < len(page.summary) < 200
    assert len({passage.anchor for passage in page.passages}) == len(page.passages)


def test_pages_have_an_order_of_their_own():
    orders = [page.order for page in LIBRARY.pages]
    assert orders == sorted(set(orders))


def test_pages_tell_the_address_of_this_instance():
    library = service.library(development_settings(base_url="https://halo.example"))
    assert "https://halo.example/api/mcp" in library.get("connecting-clients").markdown
    assert "{{" not in "".join(page.markdown for page in library.pages)


def test_headings_inside_code_are_not_passages(tmp_path):
    front = "---\ntitle: A\nsummary: B\nsection: C\norder: 1\n---\n"
    (tmp_path / "a.md").write_text(front + "Intro\n\n## One\n\n```bash\n## not one\n```\n\n### Two\n\n## One\n")
    (page,) = pages.load({}, tmp_path)
    assert [passage.anchor for passage in page.passages] == ["", "one", "two", "one-2"]
    assert [passage.anchor for passage in page.passages_at("one")] == ["one", "two"]


def test_every_setting_is_explained_to_operators():
    source = (ROOT / "halo" / "ground" / "settings.py").read_text()
    read = set(re.findall(r'read\.\w+\(\s*"([A-Z_]+)"', source))
    told = set(re.findall(r"`((?:HALO|DATABASE|REDIS|FLASK|OTEL)_[A-Z_]+)`", text_of("running-halo")))
    assert read - told == set(), "add a row to halo/docs/running-halo.md"
    gone = {name for name in told - read if not name.startswith("OTEL_")}  # the SDK reads many more
    assert not gone, "halo/docs/running-halo.md explains settings that do not exist"


def test_every_reason_to_refuse_a_call_is_explained():
    gate = "".join(part.markdown for part in LIBRARY.get("scopes-and-permissions").passages_at("the-gate"))
    told = set(re.findall(r"`(\w+)`", gate)) & set(Reason.__members__)
    assert told == set(Reason.__members__) - NOT_OF_CALLS, "change the table in scopes-and-permissions.md"


def test_every_code_of_a_refusal_is_explained():
    from halo.mcp.refusals import CODES

    rows = re.findall(r"^\| (-?\d{5}) \| `(\w+)` \|", text_of("protocol-reference"), re.MULTILINE)
    told = {reason: int(code) for code, reason in rows}
    assert told.items() <= {reason.name: code for reason, code in CODES.items()}.items()


def test_every_custom_scheme_of_a_redirect_is_named():
    from halo.oauth.redirects import SCHEMES

    told = set(re.findall(r"`([a-z-]+)://`", text_of("protocol-reference")))
    assert told == set(SCHEMES)


def test_every_scope_is_explained():
    part = "".join(part.markdown for part in LIBRARY.get("scopes-and-permissions").passages_at("scopes"))
    for scope in scopes.ADVERTISED:
        assert f"`{scope}`" in part


def test_every_permission_is_named():
    told = set(re.findall(r"`([a-z_]+:[a-z]+)`", text_of("scopes-and-permissions")))
    assert {permission.value for permission in Permission} <= told


def test_every_flag_is_explained_with_its_default():
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", text_of("flags"), re.MULTILINE))
    assert rows == {flag.name: "on" if flag.default else "off" for flag in CATALOGUE.values()}


def test_limits_are_told_as_they_are():
    told = text_of("protocol-reference")
    for row in (
        f"| Calls of one client | {limits.CALLS_PER_CLIENT} a minute |",
        f"| Calls of a workspace | {limits.CALLS_PER_WORKSPACE} a minute |",
        f"token causes | {limits.DEAD_CALLS_PER_CONNECTION} a minute;",
        f"| Client registrations from one address | {limits.REGISTRATIONS.replace('per', 'an')} |",
        f"| Authorizations begun from one address | {limits.AUTHORIZATIONS_PER_ADDRESS.replace('per', 'a')} |",
        f"| Token requests of one client | {limits.TOKENS_PER_CLIENT.replace('per', 'a')};",
        f"| Sign-ins from one address | {limits.SIGN_INS_PER_ADDRESS.replace('per', 'a')} |",
        f"to one account | {limits.SIGN_INS_PER_ADDRESS_AND_ACCOUNT.replace('per', 'a')} |",
        f"| Sign-ins to one account, from everywhere | {limits.SIGN_INS_PER_ACCOUNT.replace('per', 'an')};",
        (
            f"after the right password | {limits.CODES_PER_PERSON.replace('per', 'in')}, "
            f"{limits.CODES_PER_DAY.replace('per', 'a')} |"
        ),
        f"from one address | {limits.SIGN_UPS_PER_ADDRESS.replace('per', 'an')} |",
        f"of one person | {limits.SAMPLES_PER_PERSON.replace('per', 'a')} |",
        f"more than {limits.JSON_VALUES:,} values, or nested deeper than {limits.JSON_DEPTH} |",
        f"holds at most {limits.BATCH_MESSAGES} messages",
        f"within {limits.BODY_SECONDS} s;",
    ):
        assert row in told, f"change protocol-reference.md: {row}"


def test_every_tool_is_on_the_page_of_tools_with_its_arguments():
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([`\w, ]+) \|$", text_of("tools"), re.MULTILINE)
    told = {name: set(re.findall(r"\w+", arguments)) for name, arguments in rows}
    assert told == {declared.name: set(declared.input_schema["properties"]) for declared in tool.every()}


def test_the_calls_that_the_pages_show_are_valid():
    shown = re.findall(r"`(data_\w+)` with `(\{.*?\})` \|", text_of("tools"))
    assert len(shown) == 3
    for name, arguments in shown:
        tool.find(name).parse(json.loads(arguments))


def test_html_in_a_page_would_be_text():
    page = pages.DocumentPage(
        "x", "X", "", "", 1, (pages.Passage("", "", 1, "<script>1</script>\n\n[x](javascript:alert(1))"),)
    )
    shown = render.to_html(page)
    assert "<script" not in shown
    assert 'href="javascript' not in shown
