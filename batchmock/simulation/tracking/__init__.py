"""The common base of jobs and service jobs: records, moves, holds and ends."""
