"""Hypothesis settings. They apply only to this folder, because most runs do not need Hypothesis."""

from __future__ import annotations

import os

from hypothesis import settings

# Runs of tox are deterministic; a developer's own runs explore further examples.
settings.register_profile("tox", derandomize=True)
if "TOX_ENV_NAME" in os.environ:
    settings.load_profile("tox")
