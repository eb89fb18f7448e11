"""The Hugging Face Hub: the only socket, and what its answers mean."""
