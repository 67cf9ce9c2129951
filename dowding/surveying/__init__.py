"""What a survey of coverage leaves in a folder: NetCDF, GeoJSON, KML, a summary and pictures."""
