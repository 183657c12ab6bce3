"""The stages of the work, one file each; `scpo.pipeline` knows their order. They load the training stack."""
