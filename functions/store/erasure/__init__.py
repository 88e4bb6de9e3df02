"""Erasures as they are kept: rows of the registry, records in the bucket, and the versions of archive objects."""
