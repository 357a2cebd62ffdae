"""Read-only views of jobs, and explanations of where they are."""
