"""The Caliper standard: `envelope` opens a request, `validator` judges its items, `findings` are what it says."""
