"""A planner's digital twin of a European AI compute fleet."""
