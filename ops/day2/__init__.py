"""What a person types on day 2: look, test, measure, read logs, restart."""
