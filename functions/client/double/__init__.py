"""`caliper serve`: the whole service in one process, its real Lambdas on in-memory doors, for tests and for trying."""

APP_ID = "https://double.invalid/app"  # of the app that is registered
