"""Which articles a line points to: "article 5", "the second one", "the pdf Sam posted"."""
