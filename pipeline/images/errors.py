"""What is wrong with the bytes of an image file."""

from pipeline.errors import InputError


class UnusableImage(InputError):  # noqa: N818 (a verdict on a file, like `Refused`)
    """The bytes are not an image that can be used.

    The message goes on after the file's name, which `reader.read_image` puts in front of it.
    """
