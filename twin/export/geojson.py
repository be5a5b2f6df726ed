"""GeoJSON (RFC 7946) of all catalogue sites, chosen or not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from twin.export.rows import SiteRow


def feature_collection(rows: Sequence[SiteRow]) -> dict[str, Any]:
    """Return a FeatureCollection with one point (longitude, latitude; WGS 84) per row."""
    features = [
        {
            "type": "Feature",
            "id": row.site,
            "geometry": {"type": "Point", "coordinates": [row.lon, row.lat]},
            "properties": {
                key: value for key, value in row.as_properties().items() if key not in ("lat", "lon")
            },
        }
        for row in rows
    ]
    return {"type": "FeatureCollection", "features": features}


def geojson_text(rows: Sequence[SiteRow]) -> str:
    """Return the FeatureCollection as text; NaN is refused rather than written."""
    return json.dumps(feature_collection(rows), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
