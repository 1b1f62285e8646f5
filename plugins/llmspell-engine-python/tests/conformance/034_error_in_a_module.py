from modules import broken
