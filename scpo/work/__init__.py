"""What is carried out: register, score, train, choose a budget, finetune, study. Loads the training stack."""
