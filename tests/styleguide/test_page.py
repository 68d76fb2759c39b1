"""The style guide: every component renders soundly, for those who build pages and for nobody else."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import pytest

from halo.web import static_url
from tests.cast import OPERATOR, OWNER
from tests.support.browser import Browser
from tests.support.parts import ROOT

SECURE = {"environment": "production", "base_url": "https://halo.example.com"}
GZIP = {"Accept-Encoding": "gzip"}


def test_every_component_renders_on_a_sound_page(browser) -> None:
    page = browser.get("/styleguide")
    assert page.title == "Style guide · Halo"
    for part in ("foundations", "controls", "forms", "display", "tables", "panels", "consent", "actions"):
        page.one("section", id=part)


def test_a_row_of_actions_is_shown_in_each_mode(browser) -> None:
    page = browser.get("/styleguide")
    buttons = page.one("form", id="modes-sample_asks_ask").iter("button")
    assert ["".join(it.itertext()) for it in buttons] == ["ask a teammate", "never"]
    for mode in ("auto", "ask", "never"):
        assert page.one(id=f"modes-sample_modes_{mode}-{mode}").get("aria-pressed") == "true"


def test_the_drawer_opens_by_its_address(browser) -> None:
    assert not browser.get("/styleguide").all(id="sample-drawer")
    assert browser.get("/styleguide?drawer=1").one(id="sample-drawer").tag == "aside"


def test_in_production_a_stranger_does_not_learn_that_it_exists(make_app) -> None:
    client = make_app(**SECURE).test_client()
    assert client.get("/styleguide", base_url=SECURE["base_url"]).status_code == 404


@pytest.mark.parametrize(("email", "status"), [(OPERATOR, 200), (OWNER, 404)])
def test_in_production_only_operators_see_it(make_app, email, status) -> None:
    token = Browser(make_app()).sign_in(email).client.get_cookie("halo_session")
    client = make_app(**SECURE).test_client()
    client.set_cookie("__Host-halo_session", token.value, domain="halo.example.com", secure=True)
    assert client.get("/styleguide", base_url=SECURE["base_url"]).status_code == status


def test_a_switch_works_without_htmx_and_says_so(browser) -> None:
    browser.get("/styleguide")
    page = browser.submit("sample-deal")
    assert "The sample was switched on." in page.text


def test_a_switch_answers_htmx_with_the_part_alone(browser) -> None:
    answer = browser.htmx("POST", "/styleguide/switch/on")
    assert answer.text.lstrip().startswith('<div id="sample-live">')
    assert 'aria-checked="true"' in answer.text


def test_text_files_go_out_gzipped_to_those_who_take_it(client) -> None:
    with client.get("/static/css/tokens.css", headers=GZIP) as answer:
        assert gzip.decompress(answer.data) == (ROOT / "static/css/tokens.css").read_bytes()
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_a_file_is_kept_for_a_year_under_the_digest_of_its_bytes_alone(app) -> None:
    client = app.test_client()
    with app.test_request_context():
        address = static_url("css/tokens.css")
    plain, _, digest = address.partition("?v=")
    assert digest == hashlib.sha256((ROOT / "static/css/tokens.css").read_bytes()).hexdigest()[:12]
    versioned = "/" + str(next(ROOT.glob("static/vendor/inter@*/*.woff2")).relative_to(ROOT))
    year = "public, max-age=31536000, immutable"
    for asked, kept in ((address, year), (versioned, year), (plain, "no-cache"), (plain + "?v=0ld", "no-cache")):
        with client.get(asked) as answer:
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, kept), asked
    with client.get("/static/css/none.css?v=") as answer:
        assert answer.status_code == 404 and "Cache-Control" not in answer.headers


@pytest.mark.parametrize("accepted", [GZIP, {}])
def test_a_file_that_is_the_same_is_not_sent_again(client, accepted) -> None:
    with client.get("/static/css/tokens.css", headers=accepted) as first:
        etag = first.headers["ETag"]
    with client.get("/static/css/tokens.css", headers=accepted | {"If-None-Match": etag}) as again:
        assert (again.status_code, again.data) == (304, b"")


def test_whoever_refuses_gzip_gets_none(client) -> None:
    for address in ("/static/css/tokens.css", "/styleguide"):
        with client.get(address, headers={"Accept-Encoding": "gzip;q=0, identity"}) as answer:
            assert "Content-Encoding" not in answer.headers and answer.headers["Vary"].count("Accept-Encoding") == 1


def test_a_page_with_everything_it_loads_is_under_150_kb(client) -> None:
    page = client.get("/styleguide", headers=GZIP)
    loaded = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', gzip.decompress(page.data).decode()))
    assert any("inter" in address for address in loaded)
    sizes = {}
    for address in loaded:
        with client.get(address, headers=GZIP) as answer:
            sizes[address] = len(answer.data)
    assert len(page.data) + sum(sizes.values()) < 150_000, sizes


def icons() -> set[str]:
    sprite = next(ROOT.glob("static/vendor/lucide@*/sprite.svg"))
    return set(re.findall(r'symbol id="([a-z0-9-]+)"', sprite.read_text()))


def sources() -> list[Path]:
    return [*ROOT.glob("templates/**/*.html"), *ROOT.glob("halo/**/*.py")]


def test_every_icon_that_is_drawn_is_in_the_sprite() -> None:
    used = {name for path in sources() for name in re.findall(r'\bicon(?:\(|=)"([a-z0-9-]+)"', path.read_text())}
    assert used <= icons(), f"add these to the sprite: {sorted(used - icons())}"


def test_the_sprite_carries_only_what_is_drawn() -> None:
    text = "\n".join(path.read_text() for path in sources())
    unused = {name for name in icons() if f'"{name}"' not in text}
    assert not unused, f"take these out of the sprite: {sorted(unused)}"


def test_a_page_goes_out_gzipped_and_its_length_gives_no_secret_away(client) -> None:
    answers = [client.get("/styleguide", headers=GZIP) for _ in range(8)]
    assert all(it.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in it.headers["Vary"] for it in answers)
    pages = [gzip.decompress(it.data).decode() for it in answers]
    tokens = {token for page in pages for token in re.findall(r'name="csrf_token" value="([^"]+)"', page)}
    assert len(tokens) == len(pages)
    assert len({len(it.data) for it in answers}) > 1


def test_a_page_for_whoever_takes_no_gzip_is_plain(client) -> None:
    assert client.get("/styleguide").text.startswith("<!doctype html>")
