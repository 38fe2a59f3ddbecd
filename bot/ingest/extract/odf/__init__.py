"""Reads OpenDocument texts, presentations and spreadsheets from their XML."""
