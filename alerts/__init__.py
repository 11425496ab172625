"""Rules over readings and what people do about what the rules find; it draws no page."""
