"""The product's own documentation: Markdown files in `halo/docs`, served as pages, as text and to AI clients.

The rule that must not break: a page says what this release does, so everything that a page lists (settings,
scopes, reasons, tools) is compared with the code by `tests/documents`.

The full-text index is SQLite's FTS5, in memory, built from the files once per process (some 30 ms, on first
use), also when the data lives in PostgreSQL. The text ships with the package and cannot change while a
process runs, so an index in the main database would buy a migration, a sync and two rankings for nothing.

`HALO_DOCS_MCP_URL` hands search and reading to a remote documentation server (`halo.tools.elsewhere`).
"""
