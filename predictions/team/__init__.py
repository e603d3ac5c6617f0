"""How a team fares: how many calls, how many won, whether scores held what they promised, and how each rep talks."""
