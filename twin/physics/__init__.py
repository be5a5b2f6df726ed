"""Heat and power of racks and plants; numpy only, pure, vectorised."""
