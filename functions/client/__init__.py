"""The developer's program, `caliper`: validate events, send them, look at them, and a local double of the service."""
