"""The bot in its own process, as a user starts it, against a Discord of our own on loopback."""
