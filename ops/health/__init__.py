"""What is known of a stack's path, and the judgement of each hop."""
