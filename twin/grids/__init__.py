"""The hourly world: energy, weather and GPU load on xarray Datasets."""
