"""Tests. `unit/` needs no database, `integration/` runs on SQLite and on real PostgreSQL, `acceptance/` tells stories, `architecture/` holds the house."""
