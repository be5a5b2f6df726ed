"""Many cases at once: designs, the pools that solve them, and the index that keeps what came out."""
