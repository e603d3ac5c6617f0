"""A simulator of sales calls that knows the probability behind every outcome. For demonstrations and measurements."""
