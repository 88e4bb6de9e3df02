"""A request's body: its limits, its envelopes, and each item's exact bytes."""
