"""
The real sleeps, clocks and waits, for the code that keeps simulated time.

The replacements skip the names of this module, so that they stay real while a mock is active.
"""

from __future__ import annotations

import asyncio
import threading
import time

async_sleep = asyncio.sleep
condition_wait = threading.Condition.wait
monotonic = time.monotonic
sleep = time.sleep
