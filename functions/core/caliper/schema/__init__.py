"""The standard as tables: event types, entity types, enumerations, and TimeBack's additions to them."""
