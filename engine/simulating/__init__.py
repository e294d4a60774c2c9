"""A town lived through in advance: arrivals, staff and chance around a rehearsal of the engine, and the report of what came of it."""
