"""The ledger"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SAID = "the ledger is only ever appended to; take back by a counter-entry"


def upgrade() -> None:
    op.create_table(
        "postings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=True),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.create_index("postings_holder", ["programme", "holder", "account", "month"], unique=False)
        batch_op.create_index(
            "postings_of_case",
            ["case_id", "seq", "nth"],
            unique=True,
            sqlite_where=sa.text("case_id IS NOT NULL"),
            postgresql_where=sa.text("case_id IS NOT NULL"),
        )
        batch_op.create_index(
            "postings_by_hand",
            ["programme", "seq", "nth"],
            unique=True,
            sqlite_where=sa.text("case_id IS NULL"),
            postgresql_where=sa.text("case_id IS NULL"),
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE FUNCTION postings_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_SAID}'; END $$")
        op.execute(
            "CREATE TRIGGER postings_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION postings_kept()"
        )
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER postings_no_{verb.lower()} BEFORE {verb} ON postings BEGIN SELECT RAISE(ABORT, '{_SAID}'); END")


def downgrade() -> None:
    op.drop_table("postings")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION postings_kept")
