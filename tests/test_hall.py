"""Racks, servers and accelerators of the library fit together and become physics."""

from __future__ import annotations

import pytest

from twin.config.case import Design
from twin.config.it import Node, Rack
from twin.errors import BadInput
from twin.hall import load_hall, load_rack, rack_params, rack_params_of, stores_of, supply_params
from twin.library import get, names
from twin.physics.node import ac_w


@pytest.mark.parametrize("name", names("racks"))
def test_every_rack_loads_with_its_parts(name: str) -> None:
    rack, node, gpu = load_rack(name)
    params = rack_params_of(rack, node, gpu)
    assert params.gpus == rack.nodes * node.gpus
    assert params.it_kw * 1000.0 >= params.gpus * gpu.busy_w
    assert stores_of(rack).chip_j_per_k > 0


@pytest.mark.parametrize("name", names("racks"))
def test_parts_at_full_use_fit_in_nameplate(name: str) -> None:
    """Busy GPUs, platform, fans and supply losses stay within the nameplate that the plan counts."""
    rack, node, gpu = load_rack(name)
    params = rack_params_of(rack, node, gpu)
    busy_w = params.gpus * gpu.busy_w + 1000.0 * (params.platform_kw + params.fan_kw)
    assert ac_w(params.supply, busy_w) <= 1000.0 * rack.it_kw * 1.001


def test_nominal_powers_of_the_dgx_racks() -> None:
    """10.2, 20.4 and 40.8 kW (SuperPOD reference architecture)."""
    assert [get("racks", f"dgx-h100-x{n}").it_kw for n in (1, 2, 4)] == [10.2, 20.4, 40.8]


def test_hall_of_a_design() -> None:
    hall = load_hall(
        Design(rack="gb200-nvl72", cooling=names("cooling")[0], power_train=names("power_trains")[0])
    )
    assert rack_params(hall).gpus == 72
    assert hall.gpu.name == "gb200"


def test_supplies_of_many_servers_lose_as_much_as_each_alone() -> None:
    node: Node = get("nodes", "dgx-b200-air")
    one, four = supply_params(node), supply_params(node, 4)
    assert ac_w(four, 40_000.0) == pytest.approx(4.0 * ac_w(one, 10_000.0))


@pytest.mark.parametrize(("key", "kind"), [("node", "nodes"), ("gpu", "gpus")])
def test_a_part_that_is_missing_is_told_with_its_rack(key: str, kind: str) -> None:
    rack: Rack = get("racks", "dgx-h100-x4").model_copy(update={key: "none"})
    with pytest.raises(BadInput, match=f"models/racks/dgx-h100-x4.toml: {key} = 'none': .*models/{kind}"):
        load_rack(rack)


def test_parts_that_contradict_are_all_named() -> None:
    """A rack with another GPU than its node, a wrong count and too little air: all three in one error."""
    rack: Rack = get("racks", "dgx-h100-x4").model_copy(
        update={"gpu": "b200", "gpus": 31, "air_flow_rated_m3_s": 1.0}
    )
    with pytest.raises(BadInput, match="gpus = 31: expected 4 x 8 of nodes/dgx-h100-air = 32") as caught:
        load_rack(rack)
    assert [fault.key for fault in caught.value.faults] == ["gpu", "gpus", "air_flow_rated_m3_s"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"liquid_share": 0.5}, "liquid_share 0"),
        ({"supplies_spare": 24}, "supplies_spare below supplies"),
        ({"supply_rated_kw": 1.0}, "at most what all supplies"),
        ({"air_flow_rated_m3_s": 9.0}, "at most air_flow_max"),
        ({"liquid_share": 1.5}, "less than or equal to 1"),
    ],
)
def test_a_rack_that_cannot_be_is_refused(change: dict[str, float], expected: str) -> None:
    raw = get("racks", "dgx-h100-x4").model_dump()
    raw |= {"flow_l_per_min_per_kw": 1.5, "flow_max_l_per_min": 60.0, "cooling_kind": "air"} | change
    with pytest.raises(ValueError, match=expected):
        Rack.model_validate(raw)
