"""Reads web pages: what is visible, which of it is the article, and its blocks."""
