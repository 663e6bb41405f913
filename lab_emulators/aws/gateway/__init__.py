"""The gateway of the local AWS: from an HTTP request to the engine of its service."""
