"""The likely cause of a broken relation: mistakes are tried on the figures, and told where one mends them."""
