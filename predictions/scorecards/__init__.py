"""Coaching scorecards: questions about a call, answered by people, or by what the product knows until somebody says
otherwise."""
