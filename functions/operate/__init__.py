"""Commands for the operator of a stack, local or deployed: `python -m functions.operate --help`."""
