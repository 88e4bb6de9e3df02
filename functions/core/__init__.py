"""What the Lambdas agree on. Pure: no AWS, no clock, no randomness; time and ids are arguments."""
