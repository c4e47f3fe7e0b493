"""What a supervisor chose, kept between starts; secrets only in the operating system's keyring."""
