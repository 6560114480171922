"""What programs and the pages' scripts ask for: JSON, uploads, health."""
