"""The version of this service, of its API and of the package `caliper` is installed from: written here alone."""

VERSION = "1.0.0"
