"""The CI gate: budgets for what an update costs, a baseline to grow from, and report formats."""
