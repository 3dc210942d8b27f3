"""Messages: what is said in rooms and in private, found again, and taken home."""
