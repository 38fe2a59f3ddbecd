"""Reads PowerPoint presentations from their XML."""
