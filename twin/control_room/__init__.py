"""The plan in operation: replay, racks, telemetry and indicators of a finished run, from its folder alone."""
