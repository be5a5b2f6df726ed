"""The planner's desk in a browser: choose a case, move its levers, plan again, compare, take the files."""
