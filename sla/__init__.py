"""BY WHEN, and what then? Pure: calendars, clocks, ladders. Values in, values out; no session, no clock, no file."""
