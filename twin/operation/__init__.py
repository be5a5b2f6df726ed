"""A plan in operation: hours of every site with physics as it is, dispatch by several policies, faults."""
