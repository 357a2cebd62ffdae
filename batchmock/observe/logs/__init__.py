"""The logs of jobs, as Amazon CloudWatch Logs shows them."""
