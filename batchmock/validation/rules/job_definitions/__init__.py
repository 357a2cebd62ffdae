"""Rules for job definitions and their containers, tasks, pods and nodes."""
