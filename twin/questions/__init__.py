"""What is asked of a case or a plan: what stops it, what a limit costs, what other years would cost."""
