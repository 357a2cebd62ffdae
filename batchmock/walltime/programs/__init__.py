"""Functions of the test that run as jobs in threads of their own, and sleep in simulated time."""
