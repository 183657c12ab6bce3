"""Tables to numbers, pure: accuracies, fronts, bias, divergence, survey answers, each with its interval."""
