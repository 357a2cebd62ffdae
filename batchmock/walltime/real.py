"""
The real sleeps, clocks and waits, for the code that keeps simulated time.

The modules of this package import these names, which are never replaced while a mock is active.
"""

from __future__ import annotations

import threading
import time

condition_wait = threading.Condition.wait
monotonic = time.monotonic
sleep = time.sleep
thread_join = threading.Thread.join
thread_start = threading.Thread.start
