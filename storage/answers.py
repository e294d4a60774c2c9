"""The few statements of the way back: who was asked whether all is well now, and what he said."""

from __future__ import annotations

from storage.database import Rows, both
from storage.statements import B, I, T

ASKED = {"case_id": B, "round": I, "recipient": T, "seq": I, "asked_at": B, "until": B}
ANSWER = {**ASKED, "answer": T, "answered_at": B, "answer_seq": I}
_answer = ", ".join(ANSWER)

INSERT_ASKED = Rows.insert("answers", ASKED)
ANSWERS_OF = both(f"SELECT {_answer} FROM answers WHERE case_id = ? ORDER BY round, seq, recipient")
ANSWERS_MANY = both(f"SELECT {_answer} FROM answers WHERE case_id {{in}} ORDER BY case_id, round, seq, recipient")
PUT_ANSWERS = Rows.update("answers", {"answer": T, "answered_at": B, "answer_seq": I}, keys={"case_id": B, "round": I, "recipient": T})
