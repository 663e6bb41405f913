"""The operations of CloudWatch Logs, a module for each operation or resource."""
