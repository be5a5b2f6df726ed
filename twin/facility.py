"""Heat and power of every hall at every site, hour by hour: the only room where physics meets xarray.

A hall of 1 MW nameplate is computed; every figure is a ratio, so it holds for any size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from twin.config.site import Site
from twin.errors import BadInput, Fault
from twin.hall import Hall, rack_params
from twin.physics._checks import Array, NonPhysical, require
from twin.physics.cooling import PlantParams, PlantState, plant_state
from twin.physics.plant_sizing import PlantFigures, size_plant
from twin.physics.power_train import (
    PowerFlow,
    PowerTrainParams,
    Stage,
    TrainFigures,
    power_flow,
    size_critical,
    size_power_train,
    stage_loss_kw,
)
from twin.physics.rack import RackParams, RackState, heat_split_kw, rack_state
from twin.physics.rack_limits import Verdict, verdict
from twin.schema import checked

__all__ = ["Hall", "HallParams", "HallState", "facility", "hall_params", "hall_state"]

HALL_KW = 1000.0
CHUNK = 32768
"""Site-hours computed at once: few enough that every intermediate stays in the processor's cache."""
WEATHER_BOUNDS = {
    "dry_bulb_degc": (-60.0, 55.0),
    "wet_bulb_degc": (-60.0, 40.0),
    "pressure_pa": (7.0e4, 1.1e5),
}
"""Weather that is accepted: up to 3,000 m of altitude."""
SIZING_WEATHER = ((55.0, 40.0, 7.0e4), (30.0, 30.0, 7.0e4), (20.0, 18.0, 7.0e4), (-20.0, -20.0, 7.0e4))
"""Dry bulb, wet bulb and pressure at which the transformer must still carry the plant at full load."""
EXTREME_HOURS = 100
"""Hottest hours by dry bulb, and as many by wet bulb, in which the verdict is taken at full load."""


@dataclass(frozen=True)
class HallParams:
    """A hall of 1 MW nameplate, sized: racks, plant, power train and house load."""

    rack: RackParams
    plant: PlantParams
    power_train: PowerTrainParams
    house_kw: float


@dataclass(frozen=True)
class HallState:
    """Power of a hall, kW: ``flow.input_kw = it + house + plant.power_kw + the three losses of flow``."""

    it_kw: Array
    house_kw: float
    plant: PlantState
    flow: PowerFlow

    @property
    def pue(self) -> Array:
        """Facility power over IT power."""
        return np.asarray(self.flow.input_kw / self.it_kw)

    @property
    def wue_l_per_kwh(self) -> Array:
        """Water over IT energy."""
        return np.asarray(self.plant.water_l_per_h / self.it_kw)


def hall_params(hall: Hall) -> HallParams:
    """Return the sized hall. Raises BadInput when rack and plant do not fit (for example, dew point)."""
    rack = rack_params(hall)
    house_kw = hall.power_train.house_load_share * HALL_KW
    plant_figures = PlantFigures(**{f.name: getattr(hall.cooling, f.name) for f in fields(PlantFigures)})
    train_figures = TrainFigures(**{f.name: getattr(hall.power_train, f.name) for f in fields(TrainFigures)})
    try:
        indoor_kw = house_kw + float(_critical_loss_kw(*size_critical(train_figures, HALL_KW), HALL_KW))
        air_kw, liquid_kw = (float(kw) * HALL_KW / rack.it_kw for kw in heat_split_kw(rack, 1.0))
        heat = (air_kw + indoor_kw, liquid_kw)
        plant = size_plant(plant_figures, *heat, rack.air_supply_set_degc, rack.liquid_supply_set_degc)
        worst_kw = max(float(plant_state(plant, *heat, *weather).power_kw) for weather in SIZING_WEATHER)
        train = size_power_train(train_figures, HALL_KW, worst_kw + house_kw)
    except NonPhysical as error:
        where = f"rack {hall.rack.name} on {hall.cooling.name} with {hall.power_train.name}"
        raise BadInput(
            Fault(where, error.name, error.value, "figures that fit together", str(error))
        ) from error
    return HallParams(rack, plant, train, house_kw)


def hall_state(
    params: HallParams, it_power_pu: Array, dry_bulb_degc: Array, wet_bulb_degc: Array, pressure_pa: Array
) -> HallState:
    """Return power of the hall for IT power per nameplate in (0, 1]; arguments broadcast.

    Losses of UPS and distribution, and the house load, are cooled with the hall's air; the transformer
    stands outdoors.
    """
    it_kw = HALL_KW * np.asarray(it_power_pu, dtype=np.float64)
    lost_kw = _critical_loss_kw(params.power_train.pdu, params.power_train.ups, it_kw)
    racks = HALL_KW / params.rack.it_kw
    air_kw, liquid_kw = heat_split_kw(params.rack, it_power_pu)
    indoor_kw = racks * air_kw + lost_kw + params.house_kw
    plant = plant_state(params.plant, indoor_kw, racks * liquid_kw, dry_bulb_degc, wet_bulb_degc, pressure_pa)
    flow = power_flow(params.power_train, it_kw, plant.power_kw + params.house_kw)
    return HallState(it_kw, params.house_kw, plant, flow)


def facility(
    sites: Sequence[Site], halls: Mapping[str, Hall], weather: xr.Dataset, it_power_pu: NDArray[np.float64]
) -> xr.Dataset:
    """Return the Dataset of kind ``facility``: site × design (× time).

    ``weather`` holds site × time ``dry_bulb_degc``, ``wet_bulb_degc``, ``pressure_pa``; ``it_power_pu`` is
    the hall's IT power per nameplate for each hour, in (0, 1]. Supply temperatures follow that load;
    throttling is what a rack at full power must shed at those temperatures. The verdict is taken in the
    hottest hours with the whole hall at full power. Raises BadInput for weather or load that cannot be.
    """
    if not sites or not halls:
        raise BadInput(Fault("facility", "sites and halls", (len(sites), len(halls)), "at least one of each"))
    names = [site.name for site in sites]
    air, load = _checked_weather(names, weather), _checked_load(it_power_pu, weather.sizes["time"])
    parts = {name: _named_design(name, hall, air, load) for name, hall in halls.items()}
    designs = list(parts)
    dims = {"hour": ("site", "design", "time"), "year": ("site", "design")}
    data = {
        key: (dims["hour" if value.ndim == 2 else "year"], np.stack([parts[d][key] for d in designs], axis=1))
        for key, value in parts[designs[0]].items()
    }
    coords = {"site": names, "design": designs, "time": weather["time"]}
    return checked("facility", xr.Dataset(data, coords), "; ".join(map(_files, halls.values())))


def _files(hall: Hall) -> str:
    """Name the model files whose figures make a hall what it is."""
    rack = f"racks/{hall.rack.name} of nodes/{hall.node.name} and gpus/{hall.gpu.name}"
    return f"{rack} on cooling/{hall.cooling.name} and power_trains/{hall.power_train.name}"


def _named_design(name: str, hall: Hall, air: Array, load: Array) -> dict[str, NDArray[np.generic]]:
    """Return the variables of one design; what no rack or plant can be is named with the design."""
    try:
        return _design(hall_params(hall), air, load)
    except NonPhysical as error:
        where = f"design {name}, {_files(hall)}"
        raise BadInput(Fault(where, error.name, error.value, "a hall that can be", str(error))) from error


def _design(params: HallParams, air: Array, load: Array) -> dict[str, NDArray[np.generic]]:
    """Return every facility variable of one hall: site × time, or site. ``air`` is dry, wet, pressure."""
    count, hours = air.shape[1:]
    pue, wue, throttle = (np.empty((count, hours)) for _ in range(3))
    width = max(1, CHUNK // count)
    for start in range(0, hours, width):
        part = slice(start, min(start + width, hours))
        state = hall_state(params, load[part], *(np.ascontiguousarray(a[:, part]) for a in air))
        pue[:, part] = state.pue
        wue[:, part] = state.wue_l_per_kwh
        throttle[:, part] = _rack_at_full_power(params, state.plant, air[2][:, part]).throttle_pu
    hottest = _hottest_hours(air)
    extreme = np.take_along_axis(air, hottest[None], axis=2)
    full = hall_state(params, np.ones(hottest.shape[1]), *extreme)
    rack = _rack_at_full_power(params, full.plant, extreme[2])
    words = _verdict(params.rack, rack, count)
    return {
        "pue": pue,
        "wue_l_per_kwh": wue,
        "throttle_pu": throttle,
        "pue_annual": pue @ load / load.sum(),
        "wue_annual_l_per_kwh": wue @ load / load.sum(),
        "hours_throttled": np.count_nonzero(throttle > 0.0, axis=1).astype(float),
        "gpu_degc_max": np.broadcast_to(rack.gpu_degc, hottest.shape).max(axis=1),
        "feasible": words.feasible.astype(float),
        "binding_limit": words.binding_limit,
        "margin": words.margin,
        "margin_unit": words.margin_unit,
    }


def _rack_at_full_power(params: HallParams, plant: PlantState, pressure_pa: Array) -> RackState:
    liquid = plant.liquid_supply_degc if params.rack.has_liquid else None
    return rack_state(params.rack, 1.0, plant.air_supply_degc, liquid, pressure_pa)


def _verdict(rack: RackParams, state: RackState, count: int) -> Verdict:
    """Return the verdict per site from margins of site × hour, or of no dims where weather plays no part."""
    worst = {
        name: np.broadcast_to(np.atleast_2d(margin), (count, np.atleast_2d(margin).shape[1])).min(axis=1)
        for name, margin in state.margins.items()
    }
    return verdict(rack, dict(worst))


def _hottest_hours(air: Array) -> NDArray[np.intp]:
    """Return site × hour indices of the hottest hours by dry bulb, then by wet bulb."""
    count = min(EXTREME_HOURS, air.shape[2])
    picks = [np.argpartition(air[row], -count, axis=1)[:, -count:] for row in (0, 1)]
    return np.concatenate(picks, axis=1)


def _critical_loss_kw(pdu: Stage, ups: Stage, critical_kw: ArrayLike) -> Array:
    """Return the loss of distribution and UPS, kW."""
    critical = np.asarray(critical_kw, dtype=np.float64)
    pdu_kw = stage_loss_kw(pdu, critical)
    return np.asarray(pdu_kw + stage_loss_kw(ups, critical + pdu_kw))


def _checked_load(it_power_pu: NDArray[np.float64], hours: int) -> Array:
    load = np.asarray(it_power_pu, dtype=np.float64)
    if load.shape != (hours,):
        raise BadInput(Fault("load", "it_power_pu", load.shape, f"one value for each of {hours} hours"))
    try:
        require(
            "it_power_pu",
            load,
            (load > 0.0) & (load <= 1.0),
            "IT power over nameplate above 0, at most 1",
        )
    except NonPhysical as error:
        raise BadInput(Fault("load", f"it_power_pu{list(error.index)}", error.value, str(error))) from error
    return load


def _checked_weather(names: Sequence[str], weather: xr.Dataset) -> Array:
    """Return dry bulb, wet bulb and pressure as (3, site, time), or raise BadInput with every fault."""
    missing = sorted(set(names) - {str(site) for site in weather["site"].values})
    faults = [Fault("weather", "site", site, "weather of every site") for site in missing]
    if faults:
        raise BadInput(faults)
    here = weather.sel(site=list(names)).transpose("site", "time")
    air = np.stack([here[key].values.astype(np.float64) for key in WEATHER_BOUNDS])
    for values, (key, (low, high)) in zip(air, WEATHER_BOUNDS.items(), strict=True):
        faults += _outside(key, values, ~((values >= low) & (values <= high)), f"{low:g} to {high:g}", here)
    wet_above = air[1] > air[0] + 0.05
    faults += _outside("wet_bulb_degc", air[1], wet_above, "a wet bulb not above the dry bulb", here)
    if faults:
        raise BadInput(faults)
    air[1] = np.minimum(air[1], air[0])
    return air


def _outside(
    key: str, values: Array, bad: NDArray[np.bool_], expected: str, weather: xr.Dataset
) -> list[Fault]:
    if not bad.any():
        return []
    row, column = (int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape))
    where = f"{key}[site={weather['site'].values[row]}, time={weather['time'].values[column]}]"
    return [Fault("weather", where, float(values[row, column]), expected, f"{int(bad.sum())} such")]
