"""Who we are to a platform: sign-in and tokens that stay fresh."""
