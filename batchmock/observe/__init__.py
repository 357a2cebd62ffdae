"""What happened: calls, jobs, their timeline, and why a job is where it is."""
