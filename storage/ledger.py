"""The statements of the ledger: one row a line of a posting, only ever appended; every sum is asked of the rows themselves."""

from __future__ import annotations

from storage.database import Rows, Statement, both
from storage.statements import B, I, T, X

POSTING = {"programme": T, "case_id": B, "seq": I, "nth": I, "trigger": T, "kind": T, "holder": T, "account": T, "amount": B, "exchange": T,
           "month": T, "at": B, "recorded_at": B, "reason": T, "actor": T, "digest": X}  # fmt: skip
_posting = ", ".join(POSTING)
TOWN = "(town)"
"""The other side of every person's account: no person can be called so."""
HELD = "held:"
"""Before a person's id: what he owns but cannot spend, because it is held for him."""

INSERT_POSTINGS = Rows.insert("postings", POSTING)
LOCK = Statement("SELECT ?", "SELECT pg_advisory_xact_lock(hashtextextended(%s, 20261128))")
"""Until the transaction ends, whoever asks for the same words waits. SQLite has one writer, so there is nothing to wait for."""
OWN = both("SELECT CAST(coalesce(sum(amount), 0) AS bigint) FROM postings WHERE programme = ? AND holder = ? AND account = ?")
EARNED = both(
    "SELECT CAST(coalesce(sum(amount), 0) AS bigint) FROM postings WHERE programme = ? AND holder = ? AND account = ? AND month = ? "
    "AND kind IN ('award', 'reversal')"
)
"""What a person was awarded in a month, less what was taken back of it."""
GIVEN = both(
    f"SELECT CAST(coalesce(-sum(amount), 0) AS bigint) FROM postings WHERE programme = ? AND holder = '{TOWN}' AND account = ? AND month = ? "
    "AND (kind IN ('award', 'reversal') OR (kind = 'exchange' AND amount < 0) OR (kind = 'refund' AND amount > 0))"
)
"""What the town gave to all in a month, less what was taken back."""
TIMES = both(
    "SELECT CAST(coalesce(sum(CASE WHEN amount < 0 THEN 1 ELSE -1 END), 0) AS bigint) FROM postings WHERE programme = ? AND holder = ? "
    "AND account = ? AND month = ? AND exchange = ?"
)
"""How often a person used an exchange in a month: what left his own account for it, less what came back."""

POSTINGS_MANY = both(f"SELECT {_posting} FROM postings WHERE case_id {{in}} ORDER BY case_id, seq, nth")
POSTINGS_STRAY = both(
    "SELECT case_id, count(*) FROM postings p WHERE case_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = p.case_id) "
    "GROUP BY case_id"
)
CORRECTIONS = both(f"SELECT {_posting} FROM postings WHERE case_id IS NULL ORDER BY programme, seq, nth")
UNBALANCED = both(
    "SELECT programme, account, CAST(sum(amount) AS bigint) FROM postings GROUP BY programme, account HAVING sum(amount) <> 0 "
    "ORDER BY programme, account"
)
"""Where the ledger does not come to nothing; nowhere, unless somebody wrote into it by other ways."""
HEADS = both("SELECT key, value FROM meta WHERE key LIKE 'corrections:%' ORDER BY key")
BALANCES = both(
    "SELECT holder, account, CAST(sum(amount) AS bigint), CAST(sum(CASE WHEN at >= ? THEN amount ELSE 0 END) AS bigint) "
    "FROM postings WHERE programme = ? AND at < ? GROUP BY holder, account ORDER BY holder, account"
)
"""What everybody owned before a moment, and how that changed since another."""
STATEMENT = both(
    f"SELECT {', '.join(f'p.{column}' for column in POSTING)}, c.number FROM postings p LEFT JOIN cases c ON c.id = p.case_id "
    "WHERE p.programme = ? AND (p.holder = ? OR p.holder = ?) ORDER BY p.id"
)
"""A person's lines with the number of the case each came of: the own ones and the held ones."""
HOLDS_ANY = both("SELECT 1 FROM postings WHERE programme = ? AND holder = ? LIMIT 1")
LINES_ALL = both(
    f"SELECT {', '.join(f'p.{column}' for column in POSTING)}, c.number FROM postings p LEFT JOIN cases c ON c.id = p.case_id "
    "WHERE (? = '' OR p.programme = ?) ORDER BY p.id"
)
