"""What a report may be, who may handle it, and whether it was reported before: suggestions with their reasons. Nothing here acts."""
