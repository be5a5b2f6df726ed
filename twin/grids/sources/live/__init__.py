"""Live sources: hourly series fetched over the network, kept in a cache, joined into one grid file."""
