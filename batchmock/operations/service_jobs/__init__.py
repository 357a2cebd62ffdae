"""Service jobs and service environments."""
