"""What a person can do with a library, whichever front end they use. Knows nothing of Discord."""
