"""How far the properties are explored. Not set up for all tests: most runs need no Hypothesis."""

from __future__ import annotations

import os

from hypothesis import settings

# tox judges a change, and says the same of it each time; a developer's own runs explore further.
settings.register_profile("tox", derandomize=True)
if "TOX_ENV_NAME" in os.environ:
    settings.load_profile("tox")
