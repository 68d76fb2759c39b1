"""What arrives over HTTP, read without a web framework: bodies, their structure, `Accept`, and addresses."""
