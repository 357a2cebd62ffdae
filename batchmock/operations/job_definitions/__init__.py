"""Job definitions and the kinds of their contents."""
