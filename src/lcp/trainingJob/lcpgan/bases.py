"""The base models that there are, by their names in configurations."""

from .biggan import BigGan
from .files import FileError
from .stylegan2 import StyleGan2

BASES = {"biggan": BigGan, "stylegan2": StyleGan2}


def base_of(config):
    """The class of a configuration's base model. Raises FileError for one that is unknown here."""
    if config["base"] not in BASES:
        raise FileError("the base model %s is unknown here" % config["base"])
    return BASES[config["base"]]
