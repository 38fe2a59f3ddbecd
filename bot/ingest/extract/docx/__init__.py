"""Reads Word files from their XML."""
