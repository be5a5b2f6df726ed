from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas
import pyogrio
import pytest
from shapely import is_valid
from shapely.geometry import shape

from tests.exchange.conftest import HOSTILE
from twin.exchange.text import clean
from twin.export.rows import site_rows, sites

if TYPE_CHECKING:
    from twin.results import Run

LAYERS = ("sites", "connections", "zones")


def collection(folder: Path, layer: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{layer}.geojson").read_text(encoding="utf-8"))
    return found


def ring_area(ring: list[list[float]]) -> float:
    """Signed area by the shoelace formula: positive counterclockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


@pytest.mark.parametrize("layer", LAYERS)
def test_geojson_keeps_the_rules_of_rfc_7946(exported: Path, layer: str) -> None:
    read = collection(exported, layer)
    assert read["type"] == "FeatureCollection"
    assert "crs" not in read
    ids = [feature["id"] for feature in read["features"]]
    assert ids and len(set(ids)) == len(ids)
    for feature in read["features"]:
        assert set(feature) == {"type", "id", "geometry", "properties"}
        assert is_valid(shape(feature["geometry"]))
        west, south, east, north = shape(feature["geometry"]).bounds
        assert -32 < west <= east < 45 and 27 < south <= north < 72  # Europe, so longitude comes first


def test_rings_are_closed_and_turn_by_the_right_hand_rule(exported: Path) -> None:
    for feature in collection(exported, "zones")["features"]:
        assert feature["geometry"]["type"] == "MultiPolygon"
        for outer, *inner in feature["geometry"]["coordinates"]:
            for ring in (outer, *inner):
                assert ring[0] == ring[-1] and len(ring) >= 4
            assert ring_area(outer) > 0
            assert all(ring_area(ring) < 0 for ring in inner)


def test_sites_and_connections_say_what_the_plan_says(exported: Path, tiny_run: Run) -> None:
    rows = {row.site: row for row in site_rows(tiny_run.plan, tiny_run.menu, sites(tiny_run))}
    told = {f["id"]: f for f in collection(exported, "sites")["features"]}
    assert told.keys() == rows.keys()
    for name, row in rows.items():
        assert told[name]["geometry"]["coordinates"] == [row.lon, row.lat]
        assert told[name]["properties"]["mw_it_2028"] == row.mw_it
        assert told[name]["properties"]["reason"] == row.reason
    connected = tiny_run.plan["connected"].isel(quarter=-1)
    for feature in collection(exported, "connections")["features"]:
        site, tier = feature["properties"]["site"], feature["properties"]["tier"]
        on = float(connected.sel(site=site, tier=tier)) > 0.5
        assert (feature["properties"]["energised_quarter"] is not None) is on
        assert feature["properties"]["mw"] == float(tiny_run.problem["tier_mw"].sel(site=site, tier=tier))


def test_zones_add_up_to_the_plan(exported: Path, tiny_run: Run) -> None:
    zones = [feature["properties"] for feature in collection(exported, "zones")["features"]]
    assert sum(zone["mw_it"] for zone in zones) == tiny_run.manifest["mw_it_new"]
    # sums of the same figures in another order
    energy = sum(zone["energy_mwh_per_year"] for zone in zones)
    assert energy == pytest.approx(tiny_run.manifest["energy_mwh_per_year"], rel=1e-12)


def test_geopackage_opens_with_its_layers_in_wgs_84(exported: Path) -> None:
    path = exported / "plan.gpkg"
    assert dict(pyogrio.list_layers(path).tolist()) == {
        "sites": "Point",
        "connections": "Point",
        "zones": "MultiPolygon",
    }
    for layer in LAYERS:
        info = pyogrio.read_info(path, layer=layer)
        frame = geopandas.read_file(path, layer=layer)
        told = collection(exported, layer)["features"]
        assert info["crs"] == "EPSG:4326"
        assert frame["id"].tolist() == [feature["id"] for feature in told]
        assert frame.geometry.is_valid.all()
        for row, feature in zip(frame.itertuples(), told, strict=True):
            assert row.geometry.equals(shape(feature["geometry"]))


def test_kml_reads_back_folder_by_folder(exported: Path) -> None:
    path = exported / "plan.kml"
    assert [name for name, _ in pyogrio.list_layers(path)] == list(LAYERS)
    for layer in LAYERS:
        frame = pyogrio.read_dataframe(path, layer=layer)
        told = collection(exported, layer)["features"]
        assert [name.rstrip("†") for name in frame["Name"]] == [feature["id"] for feature in told]
        assert frame.geometry.iloc[0].bounds == pytest.approx(shape(told[0]["geometry"]).bounds, abs=1e-9)
    sites_read = pyogrio.read_dataframe(path, layer="sites")
    shaky = {name.rstrip("†") for name in sites_read["Name"] if name.endswith("†")}
    assert shaky == {
        f["id"]
        for f in collection(exported, "sites")["features"]
        if "grid_" in f["properties"]["unconfirmed"]
    }


def test_kml_fetches_nothing(exported: Path) -> None:
    text = (exported / "plan.kml").read_text(encoding="utf-8")
    assert "<href>" not in text


def test_labels_neither_break_nor_inject(hostile: Path) -> None:
    for feature in collection(hostile, "sites")["features"]:
        assert feature["properties"]["title"] == clean(HOSTILE)
    assert set(geopandas.read_file(hostile / "plan.gpkg", layer="sites")["title"]) == {clean(HOSTILE)}
    tree = ElementTree.parse(hostile / "plan.kml")  # no entity of ours is wrong
    texts = [text for element in tree.iter() for text in (element.text or "",)]
    assert not any("<" in text or ">" in text for text in texts)
    assert any("数据" in text for text in texts)
