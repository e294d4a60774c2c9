"""Where cases are, and what was learned of them"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import prcoords
import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPEN = 2**62
_MANY = 1000


def upgrade() -> None:
    places = op.create_table(
        "places_of",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("workflow", sa.Text(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("lon", sa.Integer(), nullable=False),
        sa.Column("lat", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("places_of", schema=None) as batch_op:
        batch_op.create_index("places_near", ["programme", "workflow", "cell", "until", "case_id"], unique=False)
    op.create_table(
        "learned",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("learned", schema=None) as batch_op:
        batch_op.create_index("learned_newest", ["programme", "id"], unique=False)
    waiting: list[dict[str, Any]] = []
    for row in _rows():
        waiting.append(row)
        if len(waiting) == _MANY:
            op.bulk_insert(places, waiting)
            waiting = []
    if waiting:
        op.bulk_insert(places, waiting)


def downgrade() -> None:
    with op.batch_alter_table("learned", schema=None) as batch_op:
        batch_op.drop_index("learned_newest")
    op.drop_table("learned")
    with op.batch_alter_table("places_of", schema=None) as batch_op:
        batch_op.drop_index("places_near")
    op.drop_table("places_of")


def _rows() -> Iterator[dict[str, Any]]:
    """The places of the cases that are there already, as engine.placing derives them today."""
    connection = op.get_bind()
    known = {
        number: (programme, *_named(text))
        for number, programme, text in connection.execute(sa.text("SELECT id, programme, text FROM definitions"))
    }
    last = -1
    while found := connection.execute(
        sa.text("SELECT id, definition, facts, opened_at, closed_at FROM cases WHERE id > :last ORDER BY id LIMIT :many"),
        {"last": last, "many": _MANY},
    ).fetchall():
        last = found[-1][0]
        for case, definition, facts, opened, closed in found:
            programme, workflow, point, category = known[definition]
            given = json.loads(facts)
            where = given.get(point) if point else None
            if isinstance(where, dict) and "lon" in where:
                lon, lat = _wgs84(where)
                kind = given.get(category) if category else None
                yield {
                    "case_id": case,
                    "programme": programme,
                    "workflow": workflow,
                    "cell": (lat + 90_000_000) // 1000 * 360_000 + (lon + 180_000_000) // 1000 % 360_000,
                    "lon": lon,
                    "lat": lat,
                    "category": kind if isinstance(kind, str) else None,
                    "opened_at": opened,
                    "until": OPEN if closed is None else closed,
                }


def _named(text: str) -> tuple[str, str | None, str | None]:
    """A definition's workflow, and its first facts of type point and category."""
    flow = json.loads(text)["workflow"]
    facts = [(name, fact["type"]) for name, fact in flow["facts"].items() if not fact.get("personal")]
    first = {kind: next((name for name, found in facts if found == kind), None) for kind in ("point", "category")}
    return flow["workflow"], first["point"], first["category"]


def _wgs84(where: dict[str, Any]) -> tuple[int, int]:
    """As places.datums brought points there on that day."""
    point, datum = prcoords.Coords(float(where["lat"]), float(where["lon"])), where.get("datum", "wgs84")
    if datum == "bd09" and prcoords.sanity_in_china_p(point):
        point = prcoords.bd_gcj_bored(point)
    if datum != "wgs84" and prcoords.sanity_in_china_p(point):
        point = prcoords.gcj_wgs_bored(point)
    return round(round(point.lon, 8) * 1_000_000), round(round(point.lat, 8) * 1_000_000)
