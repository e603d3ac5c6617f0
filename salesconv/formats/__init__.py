"""How dates are written where no template says it, as in the admin: as the pages write them."""
