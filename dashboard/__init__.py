"""The screen: a Streamlit app over `scpo.results`. Nothing here loads the training stack."""
