"""Reads Excel workbooks from their XML, each cell as the sheet shows it."""
