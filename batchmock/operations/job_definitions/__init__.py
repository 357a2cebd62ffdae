"""Job definitions, and the kinds of contents that they run."""
