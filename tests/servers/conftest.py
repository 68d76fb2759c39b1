"""What tests of connected servers share."""

from tests.servers.fixtures import inside, issuer, servers, upstream

__all__ = ["inside", "issuer", "servers", "upstream"]
