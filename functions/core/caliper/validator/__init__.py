"""Validates the items of an envelope against the standard and the house rules."""

from functions.core.caliper.validator.results import DIAGNOSED, ValidationResults, validate_item, validate_items

__all__ = ["DIAGNOSED", "ValidationResults", "validate_item", "validate_items"]
