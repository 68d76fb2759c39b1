"""What the tests need from outside: databases, Redis, a browser, Node, older SDKs, and the server itself."""
