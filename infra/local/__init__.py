"""The laptop as a second deployment target: the same CDK app, deployed by the CDK command line into MiniStack."""
