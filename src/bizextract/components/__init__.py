"""The pipeline's components, one file a pipe; each can be used alone in another pipeline."""
