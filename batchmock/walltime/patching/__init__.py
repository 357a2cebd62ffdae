"""Patches of sleeps and clocks: the replacements, the references to patch, and their installation."""
