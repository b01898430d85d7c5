"""What `labctl doctor` finds, and what it says."""
