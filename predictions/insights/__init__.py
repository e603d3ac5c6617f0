"""What was said in a call that matters for the sale: one LangChain chain over it, with or without a language model.

Importing this loads no LangChain; only running the chain does.
"""

from predictions.insights import jobs
from predictions.insights.chain import Answer, analyse
from predictions.insights.failure import InsightFailed
from predictions.insights.writing import overdue, write

__all__ = ["Answer", "InsightFailed", "analyse", "jobs", "overdue", "write"]
