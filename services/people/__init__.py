"""People: their accounts, friends and blocks, and who is online."""
