"""Adapters to OpenCV and Keras: from picture to faces and expressions, and back to a picture."""
