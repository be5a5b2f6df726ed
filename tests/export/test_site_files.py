from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from twin.export.csv import csv_text
from twin.export.geojson import geojson_text
from twin.export.rows import SiteRow

ROW = SiteRow(
    site="XX-ONE",
    title='One, "quoted" <b>',
    zone="FR",
    sovereignty_class="EU",
    lat=48.5,
    lon=2.25,
    chosen=True,
    reason="=HYPERLINK(0)",
    unconfirmed="lead_p50_years",
    first_quarter="2028Q3",
    tier="T1",
    mw_it=40.0,
    mw_it_by_year={"2027": 0.0, "2028": 40.0},
    design="d",
    energy_mix="grid 100 %",
    pue=1.1,
    wue_l_per_kwh=0.0,
    eur_per_mwh=80.0,
    carbon_g_per_kwh=30.0,
    cfe_hourly=0.95,
    capex_meur=400.0,
)


def test_geojson_is_longitude_first_and_carries_what_a_reader_needs() -> None:
    read = json.loads(geojson_text([ROW]))
    feature = read["features"][0]
    assert read["type"] == "FeatureCollection"
    assert feature["geometry"] == {"type": "Point", "coordinates": [2.25, 48.5]}
    assert {"site", "zone", "mw_it", "first_quarter", "chosen", "reason"} <= feature["properties"].keys()
    assert feature["properties"]["title"] == ROW.title


def test_geojson_refuses_nan() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        geojson_text([replace(ROW, pue=float("nan"))])


def test_csv_reads_back_and_neutralises_formulas() -> None:
    read = list(csv.DictReader(io.StringIO(csv_text([ROW]))))
    assert read[0]["title"] == ROW.title
    assert read[0]["reason"] == "'=HYPERLINK(0)"
    assert float(read[0]["mw_it_2028"]) == 40.0


def test_csv_leaves_numbers_of_rejected_sites_empty() -> None:
    read = list(csv.DictReader(io.StringIO(csv_text([replace(ROW, chosen=False, pue=None)]))))
    assert read[0]["pue"] == ""
