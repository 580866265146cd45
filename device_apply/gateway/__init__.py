"""A Linux-class device's client: finds its update in a TUF repository and fetches it safely."""
