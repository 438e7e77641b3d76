"""The instructions, by topic. Each takes the frame and its stack; gas that is constant is not charged here."""
