"""How often racks fail, how long repairs take, and how much equal machines differ."""

from __future__ import annotations

from pydantic import Field

from twin.config.base import Model


class Reliability(Model):
    """Failures of accelerators in service, and the spread between machines of one kind."""

    failures_per_gpu_h: float = Field(ge=0, lt=1)
    """Unexpected interruptions per GPU and hour, whatever their cause."""
    node_share: float = Field(ge=0, le=1)
    """Share of them after which a server leaves the rack for repair."""
    repair_h: float = Field(gt=0)
    """Mean hours until that server is back; repairs last exponentially long."""
    node_power_sd: float = Field(ge=0, lt=0.3)
    """Standard deviation, over their mean, of the power of servers' GPUs under the same work."""
