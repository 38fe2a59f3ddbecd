"""Tests of ``bot.doctor``: everything that ``footnote doctor`` says except of the model."""
