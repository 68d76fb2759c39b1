"""Full-text search: what the database keeps by itself, on both of them alike."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from halo.contacts.models import SearchText
from halo.contacts.records import fulltext, terms
from halo.contacts.records.ranking import Index
from halo.ground.database import db, one_change
from tests import cast
from tests.contacts.rows import a_company, a_conversation, a_lead, a_ticket, an_end_user


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


def found(kind: str, query: str) -> int:
    with db.engine.connect() as connection:
        asked = Index(connection, kind, cast.workspace().id, reads_notes=True).all_of(terms.read(query).words)
        return len(connection.execute(asked).all())


def test_every_kind_of_record_is_found_by_its_words():
    user = an_end_user(
        "Will O'Hara", email="will@northwind.test", company=a_company("Söhne & Partner", domain="soehne.test")
    )
    a_lead("Lee", company_name="Lead Works")
    a_ticket("Invoices are wrong", "my onboarding/setup failed", user=user)
    a_conversation("Getting started", "Where do I begin?", "With the import.", user=user)
    for kind, query in (
        ("end_user", "will"), ("end_user", "NORTHWIND.test"), ("company", "söhne"), ("company", "soehne.te"),
        ("lead", "works"), ("ticket", "invoice"), ("ticket", "onboard setup"), ("ticket", "o'hara söhne"),
        ("conversation", "import begins"), ("conversation", "how do I get the import"),
    ):  # fmt: skip
        assert found(kind, query) == 1, (kind, query)
    assert found("ticket", "import") == 0


def test_what_changes_is_found_by_its_new_words_only():
    user = an_end_user("Will")
    ticket = a_ticket("Old subject")
    with one_change() as rows:
        rows.merge(user).name = "Bill"
        rows.merge(ticket).subject = "New subject"
    assert (found("end_user", "will"), found("end_user", "bill")) == (0, 1)
    assert (found("ticket", "old"), found("ticket", "new")) == (0, 1)


def test_what_is_deleted_is_found_no_more():
    a_ticket("Gone", "soon")
    with one_change() as rows:
        rows.execute(text("DELETE FROM tickets"))
    assert found("ticket", "gone") == 0
    assert db.session.query(SearchText).count() == 0


def test_a_workspace_that_goes_takes_its_words_along():
    a_ticket("Mine", workspace=cast.UMBRA)
    with one_change() as rows:
        rows.execute(text("DELETE FROM workspaces WHERE slug = 'umbra'"))
    assert db.session.query(SearchText).count() == 0


def test_bulk_writing_is_searchable_afterwards():
    a_company("Before")
    with one_change() as rows, fulltext.paused(rows.connection()):
        from halo.contacts.models import Company

        rows.add(Company(workspace_id=cast.workspace().id, name="Within"))
        rows.flush()
    a_company("After")
    assert [found("company", name) for name in ("before", "within", "after")] == [1, 1, 1]


def test_dropping_and_creating_again_keeps_everything():
    a_company("Before")
    with one_change() as rows:
        fulltext.drop(rows.connection())
    with one_change() as rows:
        fulltext.create(rows.connection())
        if rows.connection().dialect.name == "sqlite":
            rows.execute(text("INSERT INTO fts_texts (fts_texts) VALUES ('rebuild')"))
    a_company("After")
    assert (found("company", "before"), found("company", "after")) == (1, 1)


def test_a_very_long_ticket_is_stored_and_found_by_its_beginning():
    many = " ".join(f"word{number}" for number in range(30_000))
    a_ticket("Long", many[:50_000], many[50_000:100_000], many[100_000:150_000])
    assert found("ticket", "word17") == 1


@pytest.mark.parametrize(
    "query", ['"', "AND", "a OR b NOT (c", "x*", "col:val", "'; --", "%", "\\", "NEAR(a b)", "!", "&|"]
)
def test_no_sign_is_an_operator(query):
    if terms.read(query).words:
        assert found("ticket", query) == 0


def test_words_that_say_nothing_are_left_out_and_asides_are_not_demanded():
    asked = terms.read("What was the customer told about onboarding?", is_question=True)
    assert [word.word for word in asked.words] == ["customer", "told", "about", "onboarding"]
    assert [word.word for word in asked.demanded] == ["onboarding"]
    assert [word.word for word in terms.read("the who").words] == ["the", "who"]
