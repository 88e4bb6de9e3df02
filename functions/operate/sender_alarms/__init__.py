"""What the owner of an app wants to hear of its sending."""
