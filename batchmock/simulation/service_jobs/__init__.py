"""Service jobs: their records, their lifecycle, and their placement."""
