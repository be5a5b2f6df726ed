"""A figure as a picture, whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.figure import Figure

from twin.wholefile import write_whole


def picture(figure: Figure, kind: str = "png") -> bytes:
    """Return the content of a file of ``kind``, as matplotlib names it."""
    content = io.BytesIO()
    figure.savefig(content, format=kind)
    return content.getvalue()


def save_picture(figure: Figure, path: Path) -> Path:
    """Write a figure in the format of the ending of its path, which is returned. Raises OSError."""
    write_whole(path, picture(figure, path.suffix.removeprefix(".").lower() or "png"))
    return path
