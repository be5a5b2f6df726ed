"""Map layers as files: GeoJSON (RFC 7946), GeoPackage and KML."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any

from twin.exchange.layers import Feature
from twin.exchange.text import clean
from twin.wholefile import scratch

Layers = dict[str, list[Feature]]
CRS = "EPSG:4326"
BUILT, UNUSED = "ff5f8a2e", "ff999499"
"""Colours of KML: opacity, blue, green, red."""


def geojson_files(layers: Layers) -> dict[str, bytes]:
    """Return one FeatureCollection per layer: longitude before latitude, rings closed, no ``crs`` member."""
    return {f"{name}.geojson": _collection(features) for name, features in layers.items()}


def _collection(features: Sequence[Feature]) -> bytes:
    from shapely.geometry import mapping

    found = [
        {"type": "Feature", "id": one.id, "geometry": mapping(one.shape), "properties": dict(one.properties)}
        for one in features
    ]
    text = json.dumps({"type": "FeatureCollection", "features": found}, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def geopackage_files(layers: Layers) -> dict[str, bytes]:
    """Return one GeoPackage with a table per layer in EPSG:4326."""
    import geopandas

    with scratch() as folder:
        path = folder / "plan.gpkg"
        for name, features in layers.items():
            frame = geopandas.GeoDataFrame(
                [{"id": one.id, **one.properties} for one in features],
                geometry=[one.shape for one in features],
                crs=CRS,
            )
            frame.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
        return {"plan.gpkg": path.read_bytes()}


def kml_files(layers: Layers, title: str) -> dict[str, bytes]:
    """Return one KML document with a folder per layer; ``†`` marks connections that nobody confirms."""
    import simplekml

    document = simplekml.Kml(name=_plain(title))
    styles = {(name, built): _style(name, built) for name in layers for built in (True, False)}
    for name, features in layers.items():
        folder = document.newfolder(name=name)
        for one in features:
            label = _plain(f"{one.id}†" if one.unconfirmed else one.id)
            place = _shape(folder, label, one)
            place.style = styles[name, one.built]
            for key, value in one.properties.items():
                told = "" if value is None else _plain(str(value))
                # simplekml escapes names, but not these
                place.extendeddata.newdata(name=key, value=html.escape(told, quote=False))
    return {"plan.kml": document.kml(format=False).encode()}


def _shape(folder: Any, label: str, one: Feature) -> Any:
    shape: Any = one.shape
    if shape.geom_type == "Point":
        return folder.newpoint(name=label, coords=[(shape.x, shape.y)])
    place = folder.newmultigeometry(name=label)
    for polygon in shape.geoms:
        place.newpolygon(outerboundaryis=list(polygon.exterior.coords))
    return place


def _style(layer: str, built: bool) -> Any:
    """Return how a feature looks; the viewer's own pin, so that nothing is fetched to draw it."""
    import simplekml

    style, colour = simplekml.Style(), BUILT if built else UNUSED
    style.iconstyle.icon.href = None
    style.iconstyle.color, style.iconstyle.scale = colour, 1.1 if built else 0.7
    style.labelstyle.scale = 1.0 if built and layer == "sites" else 0.0
    style.linestyle.color, style.linestyle.width = colour, 1
    style.polystyle.color = f"30{colour[2:]}"
    return style


def _plain(text: str) -> str:
    """Return text in which no tag can begin: viewers read what stands in a balloon as HTML."""
    return clean(text).replace("<", "‹").replace(">", "›")
