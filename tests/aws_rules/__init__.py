"""What real AWS refuses, though moto and the emulator let it pass: limits and rules of the services that are used.

`door` holds every request of every boto3 client against them; the in-memory doubles call the same functions.
Sources: the API references and quota pages of DynamoDB, SQS, S3 and EventBridge, and botocore's service models.
"""
