"""The documentation in a browser, as text, and for models."""

import pytest

from halo.documents import service
from halo.ground.settings import development_settings
from tests.cast import OWNER

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""No data is touched: pages come from files."""
SLUGS = [page.slug for page in service.library(development_settings()).pages]


def test_anybody_sees_the_list_of_pages(browser):
    page = browser.get("/docs")
    assert all(f"/docs/{slug}" in browser.response.text for slug in SLUGS)
    assert page


def test_every_page_is_a_sound_page_with_its_passages(browser):
    library = service.library(browser.app.extensions["halo"])
    for slug in SLUGS:
        browser.get(f"/docs/{slug}")
        for passage in library.get(slug).passages[1:]:
            assert f'id="{passage.anchor}"' in browser.response.text


def test_every_page_comes_as_markdown_and_not_again_when_nothing_changed(client):
    for slug in SLUGS:
        first = client.get(f"/docs/{slug}.md")
        assert first.mimetype == "text/markdown"
        assert first.text.startswith("# ")
        again = client.get(f"/docs/{slug}.md", headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("path", ["/docs/nowhere", "/docs/nowhere.md", "/docs/..%2Fsettings"])
def test_a_page_that_is_not_there_is_404(client, path):
    assert client.get(path).status_code == 404


def test_links_between_files_are_links_between_pages(client):
    text = client.get("/docs/overview").text
    assert 'href="/docs/scopes-and-permissions#the-gate"' in text
    assert ".md" not in text.replace("overview.md", "")


def test_a_search_shows_what_was_found_in_a_page(browser):
    browser.get("/docs/search?q=refresh+token+rotation")
    assert "/docs/protocol-reference#tokens" in browser.response.text
    assert "<mark>" in browser.response.text
    assert all(row.get("data-row") is not None for row in browser.page.one(id="docs-results").iter("li"))


def test_every_page_has_one_field_to_search_from_for_anybody(browser):
    for path in ("/docs", "/docs/search", *(f"/docs/{slug}" for slug in SLUGS)):
        (field,) = browser.get(path).fields("q")
        assert field.get("data-search") is not None, path
    browser.submit("docs-finder", q="refresh token rotation")
    assert browser.at == "/docs/search"
    assert "/docs/protocol-reference#tokens" in browser.response.text


def test_htmx_gets_the_results_alone(client):
    answer = client.get("/docs/search?q=flags", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<section id="docs-results"')


def test_a_search_for_nothing_explains_itself(browser):
    browser.get("/docs/search")
    browser.get("/docs/search?q=", status=200)


@pytest.mark.parametrize(("query", "status"), [("***", 422), ("x" * 500, 422), ("<script>", 200), ('"quagga"', 200)])
def test_a_strange_query_is_answered_in_words(browser, query, status):
    browser.get("/docs/search", status=status, query_string={"q": query})
    assert "<script>" not in browser.response.text


def test_models_find_every_page_in_llms_txt(client):
    text = client.get("/llms.txt").text
    assert text.startswith("# Halo\n")
    assert all(f"/docs/{slug}.md)" in text for slug in SLUGS)


def test_who_is_signed_in_has_the_palette_in_the_documentation_too(browser):
    assert not browser.get("/docs").all("dialog", id="palette")
    browser.sign_in(OWNER)
    assert browser.get("/docs/flags").one("dialog", id="palette") is not None
