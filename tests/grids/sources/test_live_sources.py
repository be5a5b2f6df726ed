"""Every source against its documented answers: values, units, hours, licences, faults."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from live_server import (
    GB,
    LICENCE,
    MIX,
    NO_MATCH,
    Replay,
    day_price,
    edited,
    fault,
    price,
    shortened,
    stamps,
)  # fmt: skip

from twin.errors import BadInput
from twin.grids.reference import load
from twin.grids.sources.live.client import Client, NoData, SourceFault
from twin.grids.sources.live.fetching import SOURCES, request_of, sources_named
from twin.grids.sources.live.gather import sound
from twin.grids.sources.live.protocol import Chunk, Place, Request, Source
from twin.grids.sources.live.smard import weeks
from twin.physics.psychrometrics import pressure_at_altitude_pa

SITE = Place("FR-BRU", 48.5, 2.3, 90.0)


def request(year: int = 2024, zones: Sequence[str] = ("FR",), kinds: Sequence[str] = ("price",)) -> Request:
    wanted = {(kind, zone) for kind in kinds for zone in zones} | {("weather", SITE.name)}
    return Request(year, tuple(zones), (SITE,), frozenset(wanted))


def one(name: str, asked: Request, kind: str, month: int = 1) -> tuple[Source, Chunk]:
    """The chunk of a kind that holds the middle of a month."""
    (source,) = sources_named([name])
    middle = np.datetime64(f"{asked.year}-{month:02d}-15T00:00")
    return source, next(c for c in source.chunks(asked) if c.kind == kind and c.start <= middle < c.end)


def fetched(client: Client, name: str, asked: Request, kind: str, month: int = 1) -> xr.Dataset:
    source, chunk = one(name, asked, kind, month)
    return sound(chunk, source.fetch(chunk, client))


def epoch(data: xr.Dataset) -> np.ndarray:
    return data["time"].values.astype("datetime64[s]").astype("int64")


# Energy-Charts


@pytest.mark.parametrize("version", ["", "/v2"])
def test_energy_charts_prices_in_both_shapes(
    server: Replay, client: Client, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("TWIN_ENERGY_CHARTS_URL", f"{server.root}/ec{version}")
    data = fetched(client, "energy-charts", request(), "price")
    assert data.sizes["time"] == 8784
    np.testing.assert_allclose(data["price_eur_per_mwh"], price(epoch(data)))
    assert data.attrs["licence"] == LICENCE


def test_energy_charts_asks_version_two_when_one_is_gone(server: Replay, client: Client) -> None:
    server.always["/ec/price"] = fault(410)
    data = fetched(client, "energy-charts", request(), "price")
    assert [path for path, _ in server.calls] == ["/ec/price", "/ec/v2/price"]
    assert data.sizes["time"] == 8784


def test_energy_charts_quarter_hours_since_october_2025(server: Replay, client: Client) -> None:
    data = fetched(client, "energy-charts", request(2025), "price")
    hours = int((np.datetime64("2025-09-30T22") - np.datetime64("2025-01-01T00")) / np.timedelta64(1, "h"))
    assert data.sizes["time"] == hours + 4 * (8760 - hours)


def test_energy_charts_mix_leaves_out_load_and_stores(server: Replay, client: Client) -> None:
    data = fetched(client, "energy-charts", request(kinds=("mix",)), "mix")
    totals = data["generation_mw"].isel(time=0)
    assert dict(zip(map(str, totals["type"].values), totals.values, strict=True)) == {
        "nuclear": 300.0, "run_of_river": 100.0, "gas": 200.0, "wind_onshore": 400.0,
    }  # fmt: skip
    assert float(totals.sum()) == sum(MIX.values())


def test_energy_charts_carbon_takes_the_forecast_where_it_is_null(server: Replay, client: Client) -> None:
    data = fetched(client, "energy-charts", request(kinds=("carbon",)), "carbon")
    values = data["carbon_g_per_kwh"].values
    assert values[0] == 90.0
    assert values[-1] == 70.0
    assert np.isfinite(values).all()


def test_energy_charts_nulls_stay_missing(server: Replay, client: Client) -> None:
    def holes(answer: dict[str, list[float | None]]) -> None:
        answer["price"][10:13] = [None] * 3

    server.always["price"] = edited(holes)
    values = fetched(client, "energy-charts", request(), "price")["price_eur_per_mwh"].values
    assert np.flatnonzero(np.isnan(values)).tolist() == [10, 11, 12]


@pytest.mark.parametrize("zone", ["GB", "SE_1"])
def test_energy_charts_asks_nothing_it_cannot_know(zone: str) -> None:
    """No price of GB, and no mix of one zone of a country that has several."""
    (source,) = sources_named(["energy-charts"])
    kind = "price" if zone == "GB" else "mix"
    assert source.chunks(request(zones=(zone,), kinds=(kind,))) == []


def test_energy_charts_says_nothing_published(server: Replay, client: Client) -> None:
    with pytest.raises(NoData):
        fetched(client, "energy-charts", request(zones=("IE_SEM",), kinds=("mix",)), "mix")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a.update(unit="EUR / kWh"), "prices in EUR/kWh"),
        (lambda a: a["price"].pop(), "8784 times but 8783 values"),
        (lambda a: a.pop("unix_seconds"), "unix_seconds"),
        (lambda a: a["price"].__setitem__(5, 123456.0), "expected -1000 to 10000 EUR/MWh"),
        (lambda a: a["unix_seconds"].__setitem__(1, a["unix_seconds"][0]), "is there twice"),
    ],
)
def test_nonsense_of_energy_charts_is_refused(
    server: Replay, client: Client, change: object, words: str
) -> None:
    server.always["price"] = edited(change)  # type: ignore[arg-type]
    with pytest.raises(SourceFault, match=words):
        fetched(client, "energy-charts", request(), "price")


def test_times_without_an_offset_are_refused(
    server: Replay, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWIN_ENERGY_CHARTS_URL", f"{server.root}/ec/v2")
    server.always["price"] = edited(lambda a: a["data"][3].update(timestamp="2024-01-01T03:00"))
    with pytest.raises(SourceFault, match="has no offset"):
        fetched(client, "energy-charts", request(), "price")


# SMARD


def test_smard_weeks_follow_local_mondays() -> None:
    """26 December 2022, 00:00 in Berlin, is the known stamp 1672009200000."""
    found = weeks(2023)
    assert found[0] == (np.datetime64("2023-01-01T00:00"), np.datetime64("2023-01-01T23:00"), 1672009200000)
    hours = [int((end - start) / np.timedelta64(1, "h")) for start, end, _ in found]
    assert sum(hours) == 8760
    assert sorted(set(hours[1:-1])) == [167, 168, 169]
    starts = [start for start, _, _ in found]
    assert all(end == start for (_, end, _), start in zip(found[:-1], starts[1:], strict=True))
    assert weeks(2024)[0][0] == np.datetime64("2024-01-01T00:00")


def test_smard_prices_over_the_spring_day_of_23_hours(server: Replay, client: Client) -> None:
    source, chunk = next(
        (s, c) for s in sources_named(["smard"]) for c in s.chunks(request(2024, ("DE_LU",)))
        if c.start <= np.datetime64("2024-03-31T12:00") < c.end
    )  # fmt: skip
    data = sound(chunk, source.fetch(chunk, client))
    assert data.sizes["time"] == 167
    assert (np.diff(epoch(data)) == 3600).all()
    np.testing.assert_allclose(data["price_eur_per_mwh"], price(epoch(data)))
    assert server.calls[0][0].startswith("/smard/4169/DE/4169_DE_hour_")


def test_smard_mix_does_without_types_that_are_gone(server: Replay, client: Client) -> None:
    data = fetched(client, "smard", request(2024, ("DE_LU",), ("mix",)), "mix", 6)
    power = data["generation_mw"].isel(time=0)
    assert "nuclear" not in power["type"].values
    assert float(power.sel(type="wind_onshore")) == 800.0


def test_smard_has_no_week_there(server: Replay, client: Client) -> None:
    server.always["smard"] = fault(404)
    with pytest.raises(NoData):
        fetched(client, "smard", request(), "price")


# weather


def test_open_meteo_units(server: Replay, client: Client) -> None:
    data = fetched(client, "open-meteo", request(2023), "weather")
    assert data.sizes["time"] == 8760
    assert float(data["relative_humidity"][0]) == 0.5
    assert float(data["pressure_pa"][0]) == 101325.0
    assert float(data["wind_speed_100m_m_per_s"][0]) == 8.0
    asked = server.calls[0][1]
    assert (asked["timezone"], asked["wind_speed_unit"], asked["elevation"]) == ("UTC", "ms", "90")


def test_open_meteo_in_another_time_zone_is_brought_to_utc(server: Replay, client: Client) -> None:
    """The warmest hour, 6 h UTC in the replay, stays at 6 h when the answer is stamped one hour east.

    Stamps are at one fixed offset all year: 26 March 02:00 exists in real answers for Berlin.
    """

    def east(answer: dict[str, object]) -> None:
        answer.update(utc_offset_seconds=3600, timezone="Europe/Berlin")

    utc = fetched(client, "open-meteo", request(2023), "weather")
    server.always["archive"] = edited(east)
    local = fetched(client, "open-meteo", request(2023), "weather")
    assert local.sizes["time"] == 8759  # what was 00:00 local on 1 January belongs to the year before
    assert local["time"].values[0] == utc["time"].values[0]
    np.testing.assert_allclose(local["dry_bulb_degc"][:-1], utc["dry_bulb_degc"][1:-1])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a["hourly_units"].update(temperature_2m="°F"), "temperature_2m in °F, not °C"),
        (lambda a: a.update(utc_offset_seconds=7200), "time zone GMT with an offset"),
        (lambda a: a["hourly"].pop("surface_pressure"), "surface_pressure"),
        (lambda a: a["hourly"]["temperature_2m"].__setitem__(7, 300.0), "dry_bulb_degc of 300"),
        (lambda a: a.pop("hourly"), "hourly"),
    ],
)
def test_nonsense_of_open_meteo_is_refused(
    server: Replay, client: Client, change: object, words: str
) -> None:
    server.always["archive"] = edited(change)  # type: ignore[arg-type]
    with pytest.raises(SourceFault, match=words):
        fetched(client, "open-meteo", request(2023), "weather")


def test_climate_days_become_hours_that_keep_the_day(server: Replay, client: Client) -> None:
    data = fetched(client, "open-meteo-climate", request(2040), "weather")
    days = data["dry_bulb_degc"].values.reshape(-1, 24)
    np.testing.assert_allclose(days.mean(axis=1), 15.0, atol=1e-9)
    # least and largest: 12 K apart, half-hour sampling of the cosine and the move to the mean cost 0.2 K
    np.testing.assert_allclose(np.ptp(days[1:-1], axis=1), 12.0, atol=0.2)
    assert int(np.argmax(days[10])) == 14  # 15 h solar at 2.3° E is 14:51 UTC
    ratio = float(pressure_at_altitude_pa(500.0) / pressure_at_altitude_pa(0.0))
    np.testing.assert_allclose(data["pressure_pa"], 101500.0 * ratio)
    assert server.calls[0][1]["models"] == "MRI_AGCM3_2_S"


def test_climate_knows_its_years(server: Replay) -> None:
    (source,) = sources_named(["open-meteo-climate"])
    assert source.faults(request(2050)) == []
    assert "1950 to 2050" in str(source.faults(request(2060))[0])


def test_pvgis_lays_its_typical_year_on_the_days_asked(server: Replay, client: Client) -> None:
    data = fetched(client, "pvgis", request(2024), "weather")
    assert data.sizes["time"] == 8760
    assert float(data["pressure_pa"][0]) == 98000.0
    assert float(data["relative_humidity"][0]) == 0.8


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a["outputs"]["tmy_hourly"].pop(), "8759 hours"),
        (lambda a: a["outputs"]["tmy_hourly"].insert(0, a["outputs"]["tmy_hourly"].pop()), "out of order"),
        (lambda a: a["outputs"]["tmy_hourly"][5].pop("time(UTC)"), "time\\(UTC\\)"),
    ],
)
def test_nonsense_of_pvgis_is_refused(server: Replay, client: Client, change: object, words: str) -> None:
    server.always["tmy"] = edited(change)  # type: ignore[arg-type]
    with pytest.raises(SourceFault, match=words):
        fetched(client, "pvgis", request(2024), "weather")


def test_pvgis_knows_no_place_at_sea(server: Replay, client: Client) -> None:
    server.always["tmy"] = fault(400, body=b'{"message":"Location over the sea. Please, select another"}')
    with pytest.raises(NoData):
        fetched(client, "pvgis", request(2024), "weather")


# ENTSO-E


def expected(data: xr.Dataset) -> list[float]:
    return [day_price(datetime.fromtimestamp(int(at), UTC)) for at in epoch(data)]


@pytest.mark.parametrize(("year", "month"), [(2024, 2), (2024, 11), (2025, 11)])
def test_entsoe_fills_curves_of_changes_forward(
    server: Replay, client: Client, year: int, month: int
) -> None:
    """A03 sends a point a change; spring's 23 h and autumn's 25 h days lie in the quarters asked.

    From October 2025 on the points are quarter-hours.
    """
    data = fetched(client, "entsoe", request(year), "price", month)
    assert (np.diff(epoch(data)) == 3600).all()
    assert data.sizes["time"] in (24 * 91, 24 * 92)
    np.testing.assert_allclose(data["price_eur_per_mwh"], expected(data))


@pytest.mark.parametrize(("zone", "sequence"), [("DE_LU", "1"), ("AT", "1"), ("FR", None)])
def test_entsoe_asks_the_coupled_auction(
    server: Replay, client: Client, zone: str, sequence: str | None
) -> None:
    fetched(client, "entsoe", request(2024, (zone,)), "price")
    asked = server.calls[0][1]
    assert asked.get("classificationSequence_AttributeInstanceComponent.position") == sequence
    assert asked["in_Domain"] == asked["out_Domain"]
    assert (asked["periodStart"], asked["periodEnd"]) == ("202401010000", "202404010000")


def test_entsoe_mix_without_what_stores_use(server: Replay, client: Client) -> None:
    data = fetched(client, "entsoe", request(kinds=("mix",)), "mix", 2)
    power = data["generation_mw"]
    assert sorted(map(str, power["type"].values)) == ["gas", "nuclear", "run_of_river", "wind_onshore"]
    assert data.sizes["time"] == 24 * 29
    np.testing.assert_array_equal(power.sum("type"), 1000.0)


@pytest.mark.parametrize("status", [200, 400])
def test_entsoe_acknowledges_that_there_is_nothing(server: Replay, client: Client, status: int) -> None:
    with pytest.raises(NoData):
        fetched(client, "entsoe", request(zones=("GB",)), "price")
    assert server.calls[0][1]["in_Domain"] == GB
    server.always["entsoe"] = fault(status, body=NO_MATCH.encode())
    with pytest.raises(NoData):
        fetched(client, "entsoe", request(), "price")


def test_entsoe_refuses_half_a_document_and_other_acknowledgements(server: Replay, client: Client) -> None:
    """Proves: the HTML parser behind the package would take half a document for a short year."""
    server.always["entsoe"] = shortened
    with pytest.raises(SourceFault, match="not a whole XML document"):
        fetched(client, "entsoe", request(), "price")
    other = NO_MATCH.replace("No matching data found for Data item Day-ahead Prices", "Unavailable tonight")
    server.always["entsoe"] = fault(200, body=other.encode())
    with pytest.raises(SourceFault, match="acknowledged, not answered: Unavailable tonight"):
        fetched(client, "entsoe", request(), "price")


def test_entsoe_without_a_key_says_how_to_get_one(server: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    (source,) = sources_named(["entsoe"])
    assert source.faults(request()) == []
    monkeypatch.setenv("ENTSOE_API_KEY", " ")
    assert "ask transparency@entsoe.eu" in str(source.faults(request())[0])


# all


def test_unknown_sources_and_odd_years() -> None:
    with pytest.raises(BadInput) as caught:
        sources_named(["energy-chart", "smard", "smard"])
    assert "did you mean 'energy-charts'" in str(caught.value)
    assert len(caught.value.faults) == 2
    this_year = datetime.now(UTC).year
    with pytest.raises(BadInput, match="a whole year that is over"):
        request_of([], this_year, sources_named(["smard"]))
    assert request_of([], this_year, sources_named(["open-meteo-climate"])).year == this_year


@pytest.mark.parametrize("name", SOURCES)
def test_chunks_cover_the_year_without_overlap(server: Replay, name: str) -> None:
    """Chunks of one series lie end to end over the UTC year; a gap would never be fetched."""
    asked = request(2024, ("DE_LU", "FR"), ("price", "mix", "carbon"))
    (source,) = sources_named([name])
    series: dict[tuple[str, str], list[Chunk]] = {}
    for chunk in source.chunks(asked):
        series.setdefault((chunk.kind, chunk.place), []).append(chunk)
    assert {kind for kind, _ in series} == set(source.kinds)
    for chunks in series.values():
        assert chunks[0].start == np.datetime64("2024-01-01T00:00")
        assert chunks[-1].end == np.datetime64("2025-01-01T00:00")
        assert all(a.end == b.start for a, b in pairwise(chunks))
        assert len({chunk.digest for chunk in chunks}) == len(chunks)


@pytest.mark.parametrize("name", [name for name, source in SOURCES.items() if source().places])
def test_zones_outside_a_source_are_not_asked_for(name: str) -> None:
    (source,) = sources_named([name])
    zones = list(load().zones)
    asked = request(2024, zones, ("price", "mix", "carbon"))
    assert {chunk.place for chunk in source.chunks(asked)} == source.places & set(zones)


def test_the_replay_itself_has_the_right_hours() -> None:
    query = {"start": "2024-01-01T00:00Z", "end": "2024-01-01T23:59Z"}
    assert len(stamps(query, quarters=True)) == 96
    assert (
        timedelta(seconds=stamps(query, quarters=False)[-1] - stamps(query, quarters=False)[0]).seconds
        == 82800
    )
