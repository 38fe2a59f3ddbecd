"""Commands that write, carried out by the running bot: a socket in its data folder.

One process at a time writes to a library. While the bot runs, a command that writes connects to
``DATA_DIR/commands.sock`` (read and written by the bot's own user alone), sends what was typed, and
shows what comes back: output, progress and exit status are the same as without a bot. Of several
processes each has a socket, and says which shards it serves. Files and
lines are read where the command was typed, and only those that it named.
"""
