"""From labelled pictures to the model files that serving loads."""
