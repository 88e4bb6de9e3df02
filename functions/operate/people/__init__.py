"""The people who sign in to the console: invited, given apps, removed. The user pool keeps them."""
