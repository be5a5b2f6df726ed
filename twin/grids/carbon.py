r"""Carbon intensity and carbon-free share of electricity: as generated in a zone, and as used there.

As used: power that enters a zone mixes before it leaves or is used, so every outflow and every user of zone i
gets the same mix (proportional sharing; Bialek 1996, IEE Proc. 143(4), 310; for carbon: Tranberg et al. 2019,
Energy Strategy Reviews 26, 100367):

.. math:: (P_i + \sum_j F_{ji})\, c_i = P_i p_i + \sum_j F_{ji} c_j

with generation P, flow F from j to i and p the intensity of generation: one linear system per hour.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from twin.errors import BadInput, Fault
from twin.grids.emissions import factors_of
from twin.grids.marginals import Array

CLOSED_MW = 1e-9
"""Flow and generation below this count as none."""
SMALL_SHARE = 0.02
"""A type below this share of a zone's year may miss hours."""
HOURS_AT_ONCE = 2048
"""Hours solved in one call: with 50 zones the systems take 40 MB."""


def generated(mix_mw: xr.DataArray, origin: str = "generation mix") -> xr.Dataset:
    """Return generation and what it emits, from ``mix_mw`` [zone, type, time], MW.

    Result [zone, time]: ``generation_mw``, ``carbon_g_per_kwh`` (life cycle), ``cfe_share`` (0..1); the last
    two are NaN where nothing is generated, all three where the mix is unknown: an hour that misses a type
    that makes more than ``SMALL_SHARE`` of the zone's year. Smaller types that miss count as zero, negative
    values (pumping, own use) too. What storage gives back carries the zone's mix of its hour: it adds
    generation and no intensity of its own. Raises BadInput for types without an emission factor.
    """
    rows = factors_of([str(name) for name in mix_mw["type"].values], origin)
    found = mix_mw.transpose("zone", "type", "time").values.astype(float)
    power = np.maximum(np.nan_to_num(found), 0.0)
    year = power.sum(axis=2)
    matters = year > SMALL_SHARE * np.maximum(year.sum(axis=1, keepdims=True), CLOSED_MW)
    unknown = (np.isnan(found) & matters[:, :, None]).any(axis=1) | np.isnan(found).all(axis=1)
    primary = np.array([row is not None for row in rows])
    gram = np.array([row.g_per_kwh if row else 0.0 for row in rows])
    clean = np.array([float(row.carbon_free) if row else 0.0 for row in rows])
    source = power[:, primary].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        carbon = np.where(source > 0, np.einsum("zkt,k->zt", power, gram) / source, np.nan)
        share = np.where(source > 0, np.einsum("zkt,k->zt", power, clean) / source, np.nan)
    total = np.where(source > 0, power.sum(axis=1), 0.0)
    made = {"generation_mw": total, "carbon_g_per_kwh": carbon, "cfe_share": share}
    return xr.Dataset(
        {name: (("zone", "time"), np.where(unknown, np.nan, values)) for name, values in made.items()},
        coords={"zone": mix_mw["zone"].values, "time": mix_mw["time"].values},
        attrs={"basis": "generation in the zone, life cycle, no trade"},
    )


def used(generation: xr.Dataset, flow_mw: xr.DataArray) -> xr.Dataset:
    """Return intensity and carbon-free share of electricity as used, by tracing flows.

    ``generation`` as ``generated`` returns it; ``flow_mw`` [from, to, time], MW, >= 0, over the same
    zones and hours. Flows both ways across one border are netted. Zones that flow names but generation lacks
    give power of unknown origin: their flow is left out and ``attrs["untraced_mwh"]`` says how much it was.
    Raises BadInput for negative or NaN flows.
    """
    zones = [str(zone) for zone in generation["zone"].values]
    flow, untraced = _aligned(generation, flow_mw, zones)
    names = ("carbon_g_per_kwh", "cfe_share")
    own = np.stack([generation[name].values for name in names], axis=-1)
    mixed = trace(generation["generation_mw"].values, flow, own)
    return xr.Dataset(
        {name: (("zone", "time"), mixed[..., i]) for i, name in enumerate(names)},
        coords={"zone": zones, "time": generation["time"].values},
        attrs={"basis": "use in the zone, life cycle, flows traced", "untraced_mwh": untraced},
    )


def _aligned(generation: xr.Dataset, flow_mw: xr.DataArray, zones: list[str]) -> tuple[Array, float]:
    """Return flows [from, to, time] between the zones with generation, and the energy of all others."""
    values = flow_mw.transpose("from", "to", "time")
    bad = ~np.isfinite(values.values) | (values.values < 0)
    if bad.any():
        i, j, t = (int(k) for k in np.argwhere(bad)[0])
        where = f"{values['from'].values[i]} to {values['to'].values[j]} at {values['time'].values[t]}"
        text = f"{values.values[i, j, t]} MW ({int(bad.sum())} such)"
        raise BadInput(Fault("flows", where, text, "a finite flow >= 0, one entry per direction"))
    total = float(values.sum())
    kept = values.reindex({"from": zones, "to": zones, "time": generation["time"].values}, fill_value=0.0)
    return np.asarray(kept.values, dtype=float), total - float(kept.sum())


def trace(generation_mw: Array, flow_mw: Array, own: Array) -> Array:
    """Mix what is generated with what flows in, hour by hour.

    ``generation_mw`` [zone, time], ``flow_mw`` [from, to, time], ``own`` [zone, time, quantity]: what each
    generated unit carries. Returns [zone, time, quantity], NaN where a zone has neither generation nor inflow
    from a zone that has, and where its own generation is unknown (NaN, or of unknown ``own``); what such a
    zone sends is left out of its neighbours' mix. Without flows it returns ``own``.
    """
    made = generation_mw > CLOSED_MW
    unknown = ~np.isfinite(generation_mw) | (made & ~np.isfinite(own).all(axis=2))
    power = np.where(made & ~unknown, generation_mw, 0.0).T
    carried = np.nan_to_num(own).transpose(1, 0, 2)
    out = np.empty_like(carried)
    for start in range(0, len(power), HOURS_AT_ONCE):
        part = slice(start, start + HOURS_AT_ONCE)
        flow = np.where(unknown[:, None, part], 0.0, flow_mw[:, :, part]).transpose(2, 0, 1)
        out[part] = _mixed(power[part], np.maximum(flow - flow.transpose(0, 2, 1), 0.0), carried[part])
    return np.where(unknown[:, :, None], np.nan, out.transpose(1, 0, 2))


def _mixed(power: Array, flow: Array, carried: Array) -> Array:
    """Solve one system per hour: power [time, zone], flow [time, from, to], carried [time, zone, k]."""
    fed = power > 0
    for _ in range(power.shape[1]):  # a zone is fed by a fed neighbour; as many steps as zones reach all
        further = fed | (np.einsum("tij,ti->tj", flow > CLOSED_MW, fed) > 0)
        if (further == fed).all():
            break
        fed = further
    inflow = np.where(fed[:, :, None], flow, 0.0)
    through = np.where(fed, power + inflow.sum(axis=1), 1.0)
    system = -inflow.transpose(0, 2, 1)
    zones = np.arange(power.shape[1])
    system[:, zones, zones] += through
    mixed = np.linalg.solve(system, power[:, :, None] * carried)
    return np.where(fed[:, :, None], mixed, np.nan)


def marginal(mix_mw: xr.DataArray, origin: str = "generation mix") -> xr.DataArray:
    """Return what one more kilowatt-hour of load emits in each zone's own plants, g/kWh, [zone, time].

    ``mix_mw`` as for ``generated``. Only plants that can answer to load count: wind, PV and river plants
    make what weather gives. NaN in hours without such plants. Raises BadInput for unknown types.
    """
    rows = factors_of([str(name) for name in mix_mw["type"].values], origin)
    follows = np.array([row is not None and not row.variable for row in rows])
    plants = generated(mix_mw.isel(type=np.flatnonzero(follows)), origin)
    slope = marginal_g_per_kwh(plants["generation_mw"].values, plants["carbon_g_per_kwh"].values)
    return plants["carbon_g_per_kwh"].copy(data=slope)


def marginal_g_per_kwh(generation_mw: Array, carbon_g_per_kwh: Array, classes: int = 10) -> Array:
    r"""Return what one more kilowatt-hour emits, [zone, time]: the slope of emissions over generation.

    Hours of a zone are grouped into ``classes`` of equal size by generation; in each the slope of hourly
    changes, :math:`\sum \Delta E \Delta G / \sum \Delta G^2` (Hawkes 2010, Energy Policy 38, 5977), kept
    within 0 and the dirtiest source. It says how the zone's own plants answered in the past, not what new
    load builds. Where generation never changes it is the average intensity. NaN where the average is.
    """
    out = np.empty_like(carbon_g_per_kwh)
    for zone, (power, gram) in enumerate(zip(generation_mw, carbon_g_per_kwh, strict=True)):
        out[zone] = _slopes(power, gram, classes)
    return out


def _slopes(power: Array, gram: Array, classes: int) -> Array:
    found = np.isfinite(gram)
    rank = np.argsort(np.argsort(power, kind="stable"), kind="stable")
    group = rank * classes // len(power)
    step, emitted = np.diff(power), np.diff(np.nan_to_num(gram) * power)
    # A step belongs to the class of its middle; one that leaps over a whole class says nothing about any.
    middle = (rank[1:] + rank[:-1]) * classes // (2 * len(power))
    usable = found[1:] & found[:-1] & (np.abs(np.diff(rank)) * classes <= len(power))
    up = np.bincount(middle, np.where(usable, step * emitted, 0.0), classes)
    down = np.bincount(middle, np.where(usable, step * step, 0.0), classes)
    mean = np.bincount(group[found], gram[found], classes) / np.maximum(
        np.bincount(group[found], minlength=classes), 1
    )
    slope = np.where(down > CLOSED_MW, up / np.maximum(down, CLOSED_MW), mean)
    dirtiest = max(1100.0, float(np.nanmax(gram, initial=0.0)))
    return np.where(found, np.clip(slope, 0.0, dirtiest)[group], np.nan)
