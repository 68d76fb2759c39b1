"""What the doors of the ingestion API share: how it says no."""
