"""X-Ray's operations, a module for each operation or resource."""
