"""The tests: one folder a slice, `journeys` end to end, `law` for the shape of the code."""
