"""Processes that the bot starts for its own work: their pipes, limits and ends."""
