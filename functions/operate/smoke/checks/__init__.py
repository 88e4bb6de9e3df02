"""What is looked at, a module for each part of the stack. Each check yields findings and can fail."""
