"""Around the figures: periods, counts from elsewhere, comparison, tables and pictures of them, and the mails that bring them to leaders."""
