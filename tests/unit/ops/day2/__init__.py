"""What a person types on day 2."""
