"""`caliper validate`: the service's validator on files, without a service."""
