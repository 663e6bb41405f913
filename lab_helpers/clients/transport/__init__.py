"""HTTP and boto3 calls as every client makes them: retries, deadlines, errors."""
