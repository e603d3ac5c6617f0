"""What leaves the product as files: tables of rows, streamed as CSV or JSON lines, for whoever may see them."""
