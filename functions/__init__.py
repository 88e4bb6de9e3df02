"""What runs on AWS Lambda: one importable package, one asset for every function."""
