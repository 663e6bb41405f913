"""What X-Ray stores: segment documents by trace, and sampling rules."""
