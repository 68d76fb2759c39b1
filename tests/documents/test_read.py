"""Reading the documentation in parts."""

import pytest

from halo.documents import service
from halo.ground.errors import Mistake, NotFound
from halo.ground.settings import development_settings

SETTINGS = development_settings()


def read(doc, **options):
    return service.read(doc, settings=SETTINGS, **options)


def test_a_page_begins_with_its_title():
    assert read("flags").markdown.startswith("# Flags\n")


def test_a_passage_comes_with_the_deeper_ones_under_it():
    text = read("scopes-and-permissions#scopes").markdown
    assert text.startswith("## Scopes")
    assert "### Choosing on the consent page" in text
    assert "## Permissions" not in text


@pytest.mark.parametrize(
    "reference",
    ["flags", "flags.md", "/docs/flags", "https://halo.example/docs/flags.md", " flags ", "docs/flags/"],
)
def test_a_page_is_found_by_every_name_that_links_show(reference):
    assert read(reference).page.slug == "flags"


def test_parts_of_a_long_page_add_up_to_the_page():
    text, cursor, parts = "", None, 0
    while True:
        part = read("protocol-reference", cursor=cursor, longest=1500)
        assert part.start == len(text)
        assert len(part.markdown) <= 1500
        text, cursor, parts = text + part.markdown, part.cursor, parts + 1
        if cursor is None:
            break
    assert parts > 3
    assert text == service.library(SETTINGS).get("protocol-reference").markdown


def test_a_page_that_is_not_there_is_not_found():
    with pytest.raises(NotFound):
        read("../settings")


def test_a_passage_that_is_not_there_names_those_that_are():
    with pytest.raises(Mistake, match="switching"):
        read("flags#nowhere")


@pytest.mark.parametrize("cursor", ["x", "00000000.5", ".", "5", "-1"])
def test_a_foreign_cursor_is_a_mistake(cursor):
    with pytest.raises(Mistake, match="cursor"):
        read("flags", cursor=cursor)


@pytest.mark.parametrize("at", ["٥", "0", "05", "5 ", "5!", "+5", "9" * 5000, ""])
def test_a_cursor_that_was_never_given_is_a_mistake(at):
    digest = service.library(SETTINGS).get("flags").digest
    with pytest.raises(Mistake, match="cursor"):
        read("flags", cursor=f"{digest}.{at}")


def test_a_cursor_beyond_the_end_is_a_mistake():
    digest = service.library(SETTINGS).get("flags").digest
    with pytest.raises(Mistake, match="cursor"):
        read("flags", cursor=f"{digest}.999999")
