"""The site is built from a checkout, in which ``docs_build`` lies beside ``tests``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
