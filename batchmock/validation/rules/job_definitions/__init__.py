"""Rules of job definitions, and of what they run."""
