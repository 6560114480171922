"""Pictures and videos read from files, by the parts that read live cameras."""
