"""What every model file shares: frozen, no unknown keys, and a source for each figure."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Confidence = Literal["high", "medium", "low", "unconfirmed"]


class Source(BaseModel):
    """Where a figure comes from and how far to trust it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    """Citation, in words a reader can follow."""
    confidence: Confidence
    """`unconfirmed` figures are marked wherever a user sees them."""
    note: str = ""
    """Anything a reader must know before using the figure."""


class Model(BaseModel):
    """A file in ``models/``: something real, described by figures that each have a source.

    ``sources`` maps a field name to its Source; the key ``default`` covers every field not named.
    A numeric field that neither names is an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str
    """Short name; equals the file name without its ending."""
    title: str = ""
    """What a person would call it."""
    sources: dict[str, Source] = Field(default_factory=dict)
    """Field name (or ``default``) to the source of the figure."""

    @field_validator("name")
    @classmethod
    def _names_a_file(cls, name: str) -> str:
        """Folders and files are called after models: a name must not lead elsewhere."""
        plain = name.replace(" ", "-").replace("(", "").replace(")", "")
        if not plain.isprintable() or set(plain) & set('/\\:*?"<>|') or plain[:1] in ("", ".", "-", "~"):
            raise ValueError("a name of letters, digits, spaces, '-', '_' and '.', with no path in it")
        if len(name) > 100:
            raise ValueError("a name of at most 100 characters")
        return name

    @model_validator(mode="after")
    def _figures_have_sources(self) -> Model:
        if "default" in self.sources:
            return self
        bare = [
            key
            for key, value in self
            if isinstance(value, (int, float)) and not isinstance(value, bool) and key not in self.sources
        ]
        if bare:
            raise ValueError(
                f"a source of every figure; no source for {', '.join(bare)}: "
                "add [sources.<key>] or [sources.default]"
            )
        return self

    def source_of(self, key: str) -> Source | None:
        """Return the source of one figure, or None for text fields without one."""
        return self.sources.get(key) or self.sources.get("default")

    def is_unconfirmed(self, key: str) -> bool:
        """Whether the figure ``key`` is marked unconfirmed."""
        source = self.source_of(key)
        return source is not None and source.confidence == "unconfirmed"
