"""Read-only views of jobs, and explanations of their statuses."""
