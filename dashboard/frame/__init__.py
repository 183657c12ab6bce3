"""What every page needs of session, address and store."""
