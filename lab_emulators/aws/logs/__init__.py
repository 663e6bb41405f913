"""CloudWatch Logs: plain data in and out, neither HTTP nor moto in it."""
