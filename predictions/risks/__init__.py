"""Signs that a deal is at risk: found on workers when a call was scored, shown to its rep and the manager."""
