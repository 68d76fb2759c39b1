"""full-text search over contacts: FTS5 on SQLite, GIN on PostgreSQL, and the triggers that keep both current

The statements are those of `halo.contacts.records.fulltext.create` on the day of this revision; a test compares the two. A later
change of that module comes with a revision of its own.
"""
# ruff: noqa: E501

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE_UP = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS fts_texts USING fts5(text, content='search_texts', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2')",
    "CREATE TRIGGER IF NOT EXISTS fts_texts_new AFTER INSERT ON search_texts BEGIN INSERT INTO fts_texts (rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER IF NOT EXISTS fts_texts_gone AFTER DELETE ON search_texts BEGIN INSERT INTO fts_texts (fts_texts, rowid, text) VALUES ('delete', old.id, old.text); END",
    "CREATE TRIGGER IF NOT EXISTS fts_texts_changed AFTER UPDATE OF text ON search_texts BEGIN INSERT INTO fts_texts (fts_texts, rowid, text) VALUES ('delete', old.id, old.text); INSERT INTO fts_texts (rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER IF NOT EXISTS fts_end_users_new AFTER INSERT ON end_users BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'end_user', r.id, coalesce(r.name, '') || ' ' || coalesce(r.email, '') || ' ' || coalesce(r.external_id, '') || ' ' || coalesce(r.phone, '') FROM end_users r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_end_users_changed AFTER UPDATE OF name, email, external_id, phone ON end_users BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'end_user', r.id, coalesce(r.name, '') || ' ' || coalesce(r.email, '') || ' ' || coalesce(r.external_id, '') || ' ' || coalesce(r.phone, '') FROM end_users r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_end_users_gone AFTER DELETE ON end_users BEGIN DELETE FROM search_texts WHERE record_id = old.id; END",
    "CREATE TRIGGER IF NOT EXISTS fts_companies_new AFTER INSERT ON companies BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'company', r.id, coalesce(r.name, '') || ' ' || coalesce(r.domain, '') || ' ' || coalesce(r.external_id, '') || ' ' || coalesce(r.industry, '') FROM companies r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_companies_changed AFTER UPDATE OF name, domain, external_id, industry ON companies BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'company', r.id, coalesce(r.name, '') || ' ' || coalesce(r.domain, '') || ' ' || coalesce(r.external_id, '') || ' ' || coalesce(r.industry, '') FROM companies r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_companies_gone AFTER DELETE ON companies BEGIN DELETE FROM search_texts WHERE record_id = old.id; END",
    "CREATE TRIGGER IF NOT EXISTS fts_leads_new AFTER INSERT ON leads BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'lead', r.id, coalesce(r.name, '') || ' ' || coalesce(r.email, '') || ' ' || coalesce(r.company_name, '') || ' ' || coalesce(r.domain, '') FROM leads r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_leads_changed AFTER UPDATE OF name, email, company_name, domain ON leads BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'lead', r.id, coalesce(r.name, '') || ' ' || coalesce(r.email, '') || ' ' || coalesce(r.company_name, '') || ' ' || coalesce(r.domain, '') FROM leads r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_leads_gone AFTER DELETE ON leads BEGIN DELETE FROM search_texts WHERE record_id = old.id; END",
    "CREATE TRIGGER IF NOT EXISTS fts_tickets_new AFTER INSERT ON tickets BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'ticket', r.id, substr(coalesce(r.subject, '') || ' ' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '') || ' ' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '') || ' ' || coalesce((SELECT group_concat(m.body, ' ') FROM (SELECT * FROM ticket_messages WHERE ticket_id = r.id ORDER BY position) m), ''), 1, 100000) FROM tickets r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_tickets_changed AFTER UPDATE OF subject ON tickets BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'ticket', r.id, substr(coalesce(r.subject, '') || ' ' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '') || ' ' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '') || ' ' || coalesce((SELECT group_concat(m.body, ' ') FROM (SELECT * FROM ticket_messages WHERE ticket_id = r.id ORDER BY position) m), ''), 1, 100000) FROM tickets r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_ticket_messages_new AFTER INSERT ON ticket_messages BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'ticket', r.id, substr(coalesce(r.subject, '') || ' ' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '') || ' ' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '') || ' ' || coalesce((SELECT group_concat(m.body, ' ') FROM (SELECT * FROM ticket_messages WHERE ticket_id = r.id ORDER BY position) m), ''), 1, 100000) FROM tickets r WHERE r.id = new.ticket_id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_ticket_messages_changed AFTER UPDATE OF body ON ticket_messages BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'ticket', r.id, substr(coalesce(r.subject, '') || ' ' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '') || ' ' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '') || ' ' || coalesce((SELECT group_concat(m.body, ' ') FROM (SELECT * FROM ticket_messages WHERE ticket_id = r.id ORDER BY position) m), ''), 1, 100000) FROM tickets r WHERE r.id = new.ticket_id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_tickets_gone AFTER DELETE ON tickets BEGIN DELETE FROM search_texts WHERE record_id = old.id; END",
    "CREATE TRIGGER IF NOT EXISTS fts_conversations_new AFTER INSERT ON conversations BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'conversation', r.id, substr(coalesce(r.title, '') || ' ' || coalesce(r.summary, '') || ' ' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '') || ' ' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '') || ' ' || coalesce((SELECT group_concat(m.body, ' ') FROM (SELECT * FROM conversation_messages WHERE conversation_id = r.id ORDER BY position) m), ''), 1, 100000) FROM conversations r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_conversations_changed AFTER UPDATE OF title, summary ON conversations BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'conversation', r.id, substr(coalesce(r.title, '') || ' ' || coalesce(r.summary, '') || ' ' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '') || ' ' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '') || ' ' || coalesce((SELECT group_concat(m.body, ' ') FROM (SELECT * FROM conversation_messages WHERE conversation_id = r.id ORDER BY position) m), ''), 1, 100000) FROM conversations r WHERE r.id = new.id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_conversation_messages_new AFTER INSERT ON conversation_messages BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'conversation', r.id, substr(coalesce(r.title, '') || ' ' || coalesce(r.summary, '') || ' ' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '') || ' ' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '') || ' ' || coalesce((SELECT group_concat(m.body, ' ') FROM (SELECT * FROM conversation_messages WHERE conversation_id = r.id ORDER BY position) m), ''), 1, 100000) FROM conversations r WHERE r.id = new.conversation_id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
    "CREATE TRIGGER IF NOT EXISTS fts_conversation_messages_changed AFTER UPDATE OF body ON conversation_messages BEGIN INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, 'conversation', r.id, substr(coalesce(r.title, '') || ' ' || coalesce(r.summary, '') || ' ' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '') || ' ' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '') || ' ' || coalesce((SELECT group_concat(m.body, ' ') FROM (SELECT * FROM conversation_messages WHERE conversation_id = r.id ORDER BY position) m), ''), 1, 100000) FROM conversations r WHERE r.id = new.conversation_id ON CONFLICT (record_id) DO UPDATE SET text = excluded.text; END",
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
    "CREATE INDEX IF NOT EXISTS fts_texts ON search_texts USING gin ((to_tsvector('simple'::regconfig, translate(text, $p$!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~$p$, repeat(' ', 31))) || to_tsvector('english'::regconfig, translate(text, $p$!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~$p$, repeat(' ', 31)))))",
    "CREATE OR REPLACE FUNCTION fts_refresh() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN EXECUTE TG_ARGV[0] USING to_jsonb(NEW) ->> TG_ARGV[1]; RETURN NULL; END $f$",
    "CREATE OR REPLACE FUNCTION fts_forget() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN DELETE FROM search_texts WHERE record_id = OLD.id; RETURN NULL; END $f$",
    "CREATE OR REPLACE TRIGGER fts_end_users_new AFTER INSERT ON end_users FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''end_user'', r.id, coalesce(r.name, '''') || '' '' || coalesce(r.email, '''') || '' '' || coalesce(r.external_id, '''') || '' '' || coalesce(r.phone, '''') FROM end_users r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'id')",
    "CREATE OR REPLACE TRIGGER fts_end_users_changed AFTER UPDATE OF name, email, external_id, phone ON end_users FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''end_user'', r.id, coalesce(r.name, '''') || '' '' || coalesce(r.email, '''') || '' '' || coalesce(r.external_id, '''') || '' '' || coalesce(r.phone, '''') FROM end_users r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'id')",
    "CREATE OR REPLACE TRIGGER fts_end_users_gone AFTER DELETE ON end_users FOR EACH ROW EXECUTE FUNCTION fts_forget()",
    "CREATE OR REPLACE TRIGGER fts_companies_new AFTER INSERT ON companies FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''company'', r.id, coalesce(r.name, '''') || '' '' || coalesce(r.domain, '''') || '' '' || coalesce(r.external_id, '''') || '' '' || coalesce(r.industry, '''') FROM companies r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'id')",
    "CREATE OR REPLACE TRIGGER fts_companies_changed AFTER UPDATE OF name, domain, external_id, industry ON companies FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''company'', r.id, coalesce(r.name, '''') || '' '' || coalesce(r.domain, '''') || '' '' || coalesce(r.external_id, '''') || '' '' || coalesce(r.industry, '''') FROM companies r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'id')",
    "CREATE OR REPLACE TRIGGER fts_companies_gone AFTER DELETE ON companies FOR EACH ROW EXECUTE FUNCTION fts_forget()",
    "CREATE OR REPLACE TRIGGER fts_leads_new AFTER INSERT ON leads FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''lead'', r.id, coalesce(r.name, '''') || '' '' || coalesce(r.email, '''') || '' '' || coalesce(r.company_name, '''') || '' '' || coalesce(r.domain, '''') FROM leads r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'id')",
    "CREATE OR REPLACE TRIGGER fts_leads_changed AFTER UPDATE OF name, email, company_name, domain ON leads FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''lead'', r.id, coalesce(r.name, '''') || '' '' || coalesce(r.email, '''') || '' '' || coalesce(r.company_name, '''') || '' '' || coalesce(r.domain, '''') FROM leads r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'id')",
    "CREATE OR REPLACE TRIGGER fts_leads_gone AFTER DELETE ON leads FOR EACH ROW EXECUTE FUNCTION fts_forget()",
    "CREATE OR REPLACE TRIGGER fts_tickets_new AFTER INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''ticket'', r.id, substr(coalesce(r.subject, '''') || '' '' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '''') || '' '' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '''') || '' '' || coalesce((SELECT string_agg(m.body, '' '' ORDER BY m.position) FROM (SELECT * FROM ticket_messages WHERE ticket_id = r.id ORDER BY position) m), ''''), 1, 100000) FROM tickets r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'id')",
    "CREATE OR REPLACE TRIGGER fts_tickets_changed AFTER UPDATE OF subject ON tickets FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''ticket'', r.id, substr(coalesce(r.subject, '''') || '' '' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '''') || '' '' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '''') || '' '' || coalesce((SELECT string_agg(m.body, '' '' ORDER BY m.position) FROM (SELECT * FROM ticket_messages WHERE ticket_id = r.id ORDER BY position) m), ''''), 1, 100000) FROM tickets r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'id')",
    "CREATE OR REPLACE TRIGGER fts_ticket_messages_new AFTER INSERT ON ticket_messages FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''ticket'', r.id, substr(coalesce(r.subject, '''') || '' '' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '''') || '' '' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '''') || '' '' || coalesce((SELECT string_agg(m.body, '' '' ORDER BY m.position) FROM (SELECT * FROM ticket_messages WHERE ticket_id = r.id ORDER BY position) m), ''''), 1, 100000) FROM tickets r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'ticket_id')",
    "CREATE OR REPLACE TRIGGER fts_ticket_messages_changed AFTER UPDATE OF body ON ticket_messages FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''ticket'', r.id, substr(coalesce(r.subject, '''') || '' '' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '''') || '' '' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '''') || '' '' || coalesce((SELECT string_agg(m.body, '' '' ORDER BY m.position) FROM (SELECT * FROM ticket_messages WHERE ticket_id = r.id ORDER BY position) m), ''''), 1, 100000) FROM tickets r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'ticket_id')",
    "CREATE OR REPLACE TRIGGER fts_tickets_gone AFTER DELETE ON tickets FOR EACH ROW EXECUTE FUNCTION fts_forget()",
    "CREATE OR REPLACE TRIGGER fts_conversations_new AFTER INSERT ON conversations FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''conversation'', r.id, substr(coalesce(r.title, '''') || '' '' || coalesce(r.summary, '''') || '' '' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '''') || '' '' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '''') || '' '' || coalesce((SELECT string_agg(m.body, '' '' ORDER BY m.position) FROM (SELECT * FROM conversation_messages WHERE conversation_id = r.id ORDER BY position) m), ''''), 1, 100000) FROM conversations r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'id')",
    "CREATE OR REPLACE TRIGGER fts_conversations_changed AFTER UPDATE OF title, summary ON conversations FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''conversation'', r.id, substr(coalesce(r.title, '''') || '' '' || coalesce(r.summary, '''') || '' '' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '''') || '' '' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '''') || '' '' || coalesce((SELECT string_agg(m.body, '' '' ORDER BY m.position) FROM (SELECT * FROM conversation_messages WHERE conversation_id = r.id ORDER BY position) m), ''''), 1, 100000) FROM conversations r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'id')",
    "CREATE OR REPLACE TRIGGER fts_conversation_messages_new AFTER INSERT ON conversation_messages FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''conversation'', r.id, substr(coalesce(r.title, '''') || '' '' || coalesce(r.summary, '''') || '' '' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '''') || '' '' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '''') || '' '' || coalesce((SELECT string_agg(m.body, '' '' ORDER BY m.position) FROM (SELECT * FROM conversation_messages WHERE conversation_id = r.id ORDER BY position) m), ''''), 1, 100000) FROM conversations r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'conversation_id')",
    "CREATE OR REPLACE TRIGGER fts_conversation_messages_changed AFTER UPDATE OF body ON conversation_messages FOR EACH ROW EXECUTE FUNCTION fts_refresh('INSERT INTO search_texts (workspace_id, kind, record_id, text) SELECT r.workspace_id, ''conversation'', r.id, substr(coalesce(r.title, '''') || '' '' || coalesce(r.summary, '''') || '' '' || coalesce((SELECT name FROM end_users WHERE id = r.end_user_id), '''') || '' '' || coalesce((SELECT name FROM companies WHERE id = r.company_id), '''') || '' '' || coalesce((SELECT string_agg(m.body, '' '' ORDER BY m.position) FROM (SELECT * FROM conversation_messages WHERE conversation_id = r.id ORDER BY position) m), ''''), 1, 100000) FROM conversations r WHERE r.id = $1 ON CONFLICT (record_id) DO UPDATE SET text = excluded.text', 'conversation_id')",
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
    "DROP FUNCTION IF EXISTS fts_refresh()",
    "DROP FUNCTION IF EXISTS fts_forget()",
)


def upgrade() -> None:
    _run(SQLITE_UP, POSTGRESQL_UP)


def downgrade() -> None:
    _run(SQLITE_DOWN, POSTGRESQL_DOWN)


def _run(sqlite: tuple[str, ...], postgresql: tuple[str, ...]) -> None:
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in sqlite if is_sqlite else postgresql:
        connection.exec_driver_sql(statement if is_sqlite else statement.replace("%", "%%"))
