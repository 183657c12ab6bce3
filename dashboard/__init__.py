"""The screen: a Streamlit app over `scpo.findings`. Nothing here loads the training stack."""
