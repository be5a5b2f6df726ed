"""Plans as files that other tools read: maps, workbooks, tables, hourly data, networks."""
