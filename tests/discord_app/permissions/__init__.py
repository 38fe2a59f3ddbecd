"""Who may do what: a table of everything that a person can run or press, and a server to try it."""
