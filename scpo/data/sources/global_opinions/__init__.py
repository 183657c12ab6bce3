"""GlobalOpinionQA: answer shares of countries, and the preference pairs they make."""
