"""What may go otherwise than planned: dates, megawatts and prices drawn against a finished plan."""
