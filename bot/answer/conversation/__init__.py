"""What is said to the bot in a conversation: about itself, and about what was said before."""
