"""What is held of a customer, and that it goes."""
