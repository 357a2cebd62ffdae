"""What jobs and service jobs have in common: their records, and the moves, holds and ends of both."""
