"""Jobs: their records, their lifecycle, and how their attempts run and end."""
