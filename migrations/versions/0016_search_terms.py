"""search_texts.is_due: terms made by the program, the same on both databases, in place of what each database cut by itself

The statements are those of `halo.contacts.records.fulltext.create` on the day of this revision; a test compares the two. The terms
are written after the last revision (`halo.ground.database.derived`); until then nothing is found.
"""
# ruff: noqa: E501

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TOUCHED = (
    ("end_users", "name"),
    ("companies", "name"),
    ("leads", "name"),
    ("tickets", "subject"),
    ("conversations", "title"),
)
"""What the earlier triggers write the text of, when it is written again."""
REBUILD = "INSERT INTO fts_texts (fts_texts) VALUES ('rebuild')"

SQLITE_UP = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS fts_texts USING fts5(text, content='search_texts', content_rowid='id', tokenize='ascii', detail='none', columnsize='0')",
    "CREATE TRIGGER IF NOT EXISTS fts_texts_new AFTER INSERT ON search_texts BEGIN INSERT INTO fts_texts (rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER IF NOT EXISTS fts_texts_gone AFTER DELETE ON search_texts BEGIN INSERT INTO fts_texts (fts_texts, rowid, text) VALUES ('delete', old.id, old.text); END",
    "CREATE TRIGGER IF NOT EXISTS fts_texts_changed AFTER UPDATE OF text ON search_texts BEGIN INSERT INTO fts_texts (fts_texts, rowid, text) VALUES ('delete', old.id, old.text); INSERT INTO fts_texts (rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER IF NOT EXISTS fts_end_users_new AFTER INSERT ON end_users BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'end_user', r.id, '', true FROM end_users r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_end_users_changed AFTER UPDATE OF name, external_id, phone, email ON end_users BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'end_user', r.id, '', true FROM end_users r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_end_users_gone AFTER DELETE ON end_users BEGIN DELETE FROM search_texts WHERE record_id = old.id; END",
    "CREATE TRIGGER IF NOT EXISTS fts_companies_new AFTER INSERT ON companies BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'company', r.id, '', true FROM companies r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_companies_changed AFTER UPDATE OF name, external_id, industry, domain ON companies BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'company', r.id, '', true FROM companies r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_companies_gone AFTER DELETE ON companies BEGIN DELETE FROM search_texts WHERE record_id = old.id; END",
    "CREATE TRIGGER IF NOT EXISTS fts_leads_new AFTER INSERT ON leads BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'lead', r.id, '', true FROM leads r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_leads_changed AFTER UPDATE OF name, company_name, email, domain ON leads BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'lead', r.id, '', true FROM leads r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_leads_gone AFTER DELETE ON leads BEGIN DELETE FROM search_texts WHERE record_id = old.id; END",
    "CREATE TRIGGER IF NOT EXISTS fts_tickets_new AFTER INSERT ON tickets BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'ticket', r.id, '', true FROM tickets r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_tickets_changed AFTER UPDATE OF subject, category, end_user_id, company_id ON tickets BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'ticket', r.id, '', true FROM tickets r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_ticket_messages_new AFTER INSERT ON ticket_messages BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'ticket', r.id, '', true FROM tickets r WHERE r.id = new.ticket_id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_ticket_messages_changed AFTER UPDATE OF body ON ticket_messages BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'ticket', r.id, '', true FROM tickets r WHERE r.id = new.ticket_id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_tickets_gone AFTER DELETE ON tickets BEGIN DELETE FROM search_texts WHERE record_id = old.id; END",
    "CREATE TRIGGER IF NOT EXISTS fts_conversations_new AFTER INSERT ON conversations BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'conversation', r.id, '', true FROM conversations r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_conversations_changed AFTER UPDATE OF title, summary, end_user_id, company_id ON conversations BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'conversation', r.id, '', true FROM conversations r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_conversation_messages_new AFTER INSERT ON conversation_messages BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'conversation', r.id, '', true FROM conversations r WHERE r.id = new.conversation_id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_conversation_messages_changed AFTER UPDATE OF body ON conversation_messages BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, 'conversation', r.id, '', true FROM conversations r WHERE r.id = new.conversation_id ON CONFLICT (record_id) DO UPDATE SET is_due = true; END",
    "CREATE TRIGGER IF NOT EXISTS fts_conversations_gone AFTER DELETE ON conversations BEGIN DELETE FROM search_texts WHERE record_id = old.id; END",
)

SQLITE_DOWN = (
    "DROP TRIGGER IF EXISTS fts_end_users_new",
    "DROP TRIGGER IF EXISTS fts_end_users_changed",
    "DROP TRIGGER IF EXISTS fts_end_users_gone",
    "DROP TRIGGER IF EXISTS fts_companies_new",
    "DROP TRIGGER IF EXISTS fts_companies_changed",
    "DROP TRIGGER IF EXISTS fts_companies_gone",
    "DROP TRIGGER IF EXISTS fts_leads_new",
    "DROP TRIGGER IF EXISTS fts_leads_changed",
    "DROP TRIGGER IF EXISTS fts_leads_gone",
    "DROP TRIGGER IF EXISTS fts_tickets_new",
    "DROP TRIGGER IF EXISTS fts_tickets_changed",
    "DROP TRIGGER IF EXISTS fts_ticket_messages_new",
    "DROP TRIGGER IF EXISTS fts_ticket_messages_changed",
    "DROP TRIGGER IF EXISTS fts_tickets_gone",
    "DROP TRIGGER IF EXISTS fts_conversations_new",
    "DROP TRIGGER IF EXISTS fts_conversations_changed",
    "DROP TRIGGER IF EXISTS fts_conversation_messages_new",
    "DROP TRIGGER IF EXISTS fts_conversation_messages_changed",
    "DROP TRIGGER IF EXISTS fts_conversations_gone",
    "DROP TRIGGER IF EXISTS fts_texts_new",
    "DROP TRIGGER IF EXISTS fts_texts_gone",
    "DROP TRIGGER IF EXISTS fts_texts_changed",
    "DROP TABLE IF EXISTS fts_texts",
)

POSTGRESQL_UP = (
    "CREATE OR REPLACE FUNCTION fts_vector(terms text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE COST 5000 AS $f$ BEGIN RETURN array_to_tsvector(array_remove(string_to_array(terms, ' '), '')); END $f$",
    "CREATE INDEX IF NOT EXISTS fts_texts ON search_texts USING gin (fts_vector(search_texts.text)) WITH (fastupdate = off)",
    "CREATE OR REPLACE FUNCTION fts_refresh() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN EXECUTE TG_ARGV[0] USING to_jsonb(NEW) ->> TG_ARGV[1]; RETURN NULL; END $f$",
    "CREATE OR REPLACE FUNCTION fts_forget() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN DELETE FROM search_texts WHERE record_id = OLD.id; RETURN NULL; END $f$",
    "CREATE OR REPLACE TRIGGER fts_end_users_new AFTER INSERT ON end_users FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''end_user'', r.id, '''', true FROM end_users r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'id')",
    "CREATE OR REPLACE TRIGGER fts_end_users_changed AFTER UPDATE OF name, external_id, phone, email ON end_users FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''end_user'', r.id, '''', true FROM end_users r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'id')",
    "CREATE OR REPLACE TRIGGER fts_end_users_gone AFTER DELETE ON end_users FOR EACH ROW EXECUTE FUNCTION fts_forget()",
    "CREATE OR REPLACE TRIGGER fts_companies_new AFTER INSERT ON companies FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''company'', r.id, '''', true FROM companies r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'id')",
    "CREATE OR REPLACE TRIGGER fts_companies_changed AFTER UPDATE OF name, external_id, industry, domain ON companies FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''company'', r.id, '''', true FROM companies r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'id')",
    "CREATE OR REPLACE TRIGGER fts_companies_gone AFTER DELETE ON companies FOR EACH ROW EXECUTE FUNCTION fts_forget()",
    "CREATE OR REPLACE TRIGGER fts_leads_new AFTER INSERT ON leads FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''lead'', r.id, '''', true FROM leads r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'id')",
    "CREATE OR REPLACE TRIGGER fts_leads_changed AFTER UPDATE OF name, company_name, email, domain ON leads FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''lead'', r.id, '''', true FROM leads r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'id')",
    "CREATE OR REPLACE TRIGGER fts_leads_gone AFTER DELETE ON leads FOR EACH ROW EXECUTE FUNCTION fts_forget()",
    "CREATE OR REPLACE TRIGGER fts_tickets_new AFTER INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''ticket'', r.id, '''', true FROM tickets r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'id')",
    "CREATE OR REPLACE TRIGGER fts_tickets_changed AFTER UPDATE OF subject, category, end_user_id, company_id ON tickets FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''ticket'', r.id, '''', true FROM tickets r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'id')",
    "CREATE OR REPLACE TRIGGER fts_ticket_messages_new AFTER INSERT ON ticket_messages FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''ticket'', r.id, '''', true FROM tickets r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'ticket_id')",
    "CREATE OR REPLACE TRIGGER fts_ticket_messages_changed AFTER UPDATE OF body ON ticket_messages FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''ticket'', r.id, '''', true FROM tickets r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'ticket_id')",
    "CREATE OR REPLACE TRIGGER fts_tickets_gone AFTER DELETE ON tickets FOR EACH ROW EXECUTE FUNCTION fts_forget()",
    "CREATE OR REPLACE TRIGGER fts_conversations_new AFTER INSERT ON conversations FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''conversation'', r.id, '''', true FROM conversations r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'id')",
    "CREATE OR REPLACE TRIGGER fts_conversations_changed AFTER UPDATE OF title, summary, end_user_id, company_id ON conversations FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''conversation'', r.id, '''', true FROM conversations r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'id')",
    "CREATE OR REPLACE TRIGGER fts_conversation_messages_new AFTER INSERT ON conversation_messages FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''conversation'', r.id, '''', true FROM conversations r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'conversation_id')",
    "CREATE OR REPLACE TRIGGER fts_conversation_messages_changed AFTER UPDATE OF body ON conversation_messages FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) SELECT r.workspace_id, ''conversation'', r.id, '''', true FROM conversations r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET is_due = true', 'conversation_id')",
    "CREATE OR REPLACE TRIGGER fts_conversations_gone AFTER DELETE ON conversations FOR EACH ROW EXECUTE FUNCTION fts_forget()",
)

POSTGRESQL_DOWN = (
    "DROP TRIGGER IF EXISTS fts_end_users_new ON end_users",
    "DROP TRIGGER IF EXISTS fts_end_users_changed ON end_users",
    "DROP TRIGGER IF EXISTS fts_end_users_gone ON end_users",
    "DROP TRIGGER IF EXISTS fts_companies_new ON companies",
    "DROP TRIGGER IF EXISTS fts_companies_changed ON companies",
    "DROP TRIGGER IF EXISTS fts_companies_gone ON companies",
    "DROP TRIGGER IF EXISTS fts_leads_new ON leads",
    "DROP TRIGGER IF EXISTS fts_leads_changed ON leads",
    "DROP TRIGGER IF EXISTS fts_leads_gone ON leads",
    "DROP TRIGGER IF EXISTS fts_tickets_new ON tickets",
    "DROP TRIGGER IF EXISTS fts_tickets_changed ON tickets",
    "DROP TRIGGER IF EXISTS fts_ticket_messages_new ON ticket_messages",
    "DROP TRIGGER IF EXISTS fts_ticket_messages_changed ON ticket_messages",
    "DROP TRIGGER IF EXISTS fts_tickets_gone ON tickets",
    "DROP TRIGGER IF EXISTS fts_conversations_new ON conversations",
    "DROP TRIGGER IF EXISTS fts_conversations_changed ON conversations",
    "DROP TRIGGER IF EXISTS fts_conversation_messages_new ON conversation_messages",
    "DROP TRIGGER IF EXISTS fts_conversation_messages_changed ON conversation_messages",
    "DROP TRIGGER IF EXISTS fts_conversations_gone ON conversations",
    "DROP INDEX IF EXISTS fts_texts",
    "DROP FUNCTION IF EXISTS fts_vector(text)",
    "DROP FUNCTION IF EXISTS fts_refresh()",
    "DROP FUNCTION IF EXISTS fts_forget()",
)


def upgrade() -> None:
    before = _before()
    _run(before.SQLITE_DOWN, before.POSTGRESQL_DOWN)
    op.add_column("search_texts", sa.Column("is_due", sa.Boolean(), server_default=sa.false(), nullable=False))
    due = sa.text("is_due" if op.get_bind().dialect.name == "postgresql" else "is_due = 1")
    op.create_index("ix_search_texts_due", "search_texts", ["id"], sqlite_where=due, postgresql_where=due)
    op.execute("UPDATE search_texts SET text = '', is_due = true")
    _run(SQLITE_UP, POSTGRESQL_UP)
    _run((REBUILD,), ())


def downgrade() -> None:
    _run(SQLITE_DOWN, POSTGRESQL_DOWN)
    op.execute("UPDATE search_texts SET text = ''")
    op.drop_index("ix_search_texts_due", table_name="search_texts")
    op.drop_column("search_texts", "is_due")
    before = _before()
    _run(before.SQLITE_UP, before.POSTGRESQL_UP)
    _run((REBUILD,), ())
    for table, column in TOUCHED:
        op.execute(f"UPDATE {table} SET {column} = {column}")  # noqa: S608 - constants of this file


def _before() -> ModuleType:
    """The revision that made what this one replaces."""
    place = Path(__file__).with_name("0002_full_text.py")
    found = importlib.util.spec_from_file_location("full_text_before", place)
    if found is None or found.loader is None:
        raise ImportError(place)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def _run(sqlite: tuple[str, ...], postgresql: tuple[str, ...]) -> None:
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in sqlite if is_sqlite else postgresql:
        connection.exec_driver_sql(statement if is_sqlite else statement.replace("%", "%%"))
