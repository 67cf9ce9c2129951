"""GeoJSON (RFC 7946): polygons with properties, as text. Longitude before latitude, WGS-84, outer rings counterclockwise."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

Shape = tuple[Mapping[str, Any], Sequence[Sequence[NDArray[Any]]]]  # properties, and polygons of rings (point, 2), degrees


def feature_collection(shapes: Sequence[Shape]) -> str:
    """A FeatureCollection with one MultiPolygon for each shape; rings are closed, and turned as RFC 7946 section 3.1.6 has them."""
    features = [
        {
            "type": "Feature",
            "properties": dict(properties),
            "geometry": {"type": "MultiPolygon", "coordinates": [[ring.tolist() for ring in polygon] for polygon in polygons]},
        }
        for properties, polygons in shapes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False) + "\n"
