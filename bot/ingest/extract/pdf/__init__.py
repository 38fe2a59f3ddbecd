"""Reads PDFs with one of two libraries: columns, tables, page headers, forms, and scans by OCR."""
