"""What goes wrong, on the real engine: faults of Azure, kills, deletions that hang, upgrades, load (`make faults`)."""
