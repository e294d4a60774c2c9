"""The queries of the process log: which cases of a period there are, under which definitions, and every workflow that ever was."""

from __future__ import annotations

from storage.database import both

_OPENED = "FROM cases WHERE opened_at >= ? AND opened_at < ? AND (? = '' OR programme = ?)"
"""As figures.CASES_OPENED: opened in [from, to), a programme given twice; the empty text is any."""

COUNT_OPENED = both(f"SELECT count(*) {_OPENED}")
DEFINITIONS_OPENED = both(f"SELECT DISTINCT definition {_OPENED}")
FOLDS_MIGRATED = both(f"""SELECT fold {_OPENED} AND fold LIKE '%"eras":%'""")
"""What is kept of the clocks of cases that were under other definitions before: also which these were."""
WORKFLOWS_EVER = both("SELECT DISTINCT programme, workflow FROM definitions ORDER BY programme, workflow")
LIVES_OF = both("SELECT live FROM bundles WHERE programme = ? ORDER BY id DESC")
"""What was live of a programme in each of its versions, the newest first."""
