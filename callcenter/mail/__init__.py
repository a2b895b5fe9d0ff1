"""Mail in and out. `parsing` and `composing` are pure: bytes in, values out, no database and no application."""
