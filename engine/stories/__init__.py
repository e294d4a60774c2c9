"""Definition tests: stories in the admin's words, lived through on a rehearsal and judged."""
