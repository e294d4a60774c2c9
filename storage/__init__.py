"""What survives a crash: tables, the few named queries, migrations. The only importer of `sqlmodel`, `sqlalchemy` and `alembic`."""
