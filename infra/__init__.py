"""Where the functions run: the AWS stack, and the laptop as a second place to deploy it to (`infra.local`)."""
