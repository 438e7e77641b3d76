"""The instructions, by topic.

Each takes the frame and its stack, whether it needs both or not. Constant gas is not charged here.
"""
