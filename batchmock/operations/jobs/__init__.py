"""Jobs: submit, describe, list, cancel and terminate."""
