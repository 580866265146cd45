"""How people write a loss model on a command line.

| text | model |
|---|---|
| `none` or `0` | nothing is lost |
| `0.1` | each transmission is lost with probability 0.1 |
| `ge:P,R` | Gilbert-Elliott: good to bad with P, back with R, everything in the bad state is lost |
| `ge:P,R,BAD,GOOD` | the same with the loss probabilities of the two states |
"""

from link_sim.errors import ImpossibleValueError
from link_sim.loss.gilbert_elliott import GilbertElliott
from link_sim.loss.model import Bernoulli, LossModel, NoLoss

_HINT = "write 0.1 or ge:P,R"


def parse_loss(text: str) -> LossModel:
    """Read a loss model from its notation.

    Raises:
        ImpossibleValueError: it is not in the notation, or not a probability.
    """
    kind, separator, rest = text.strip().partition(":")
    if not separator:
        probability = 0.0 if kind == "none" else _probability(kind, text)
        return Bernoulli(probability) if probability else NoLoss()
    if kind != "ge":
        raise ImpossibleValueError("loss", f"{text!r} is no loss model ({_HINT})")
    numbers = [_probability(part, text) for part in rest.split(",")]
    match numbers:
        case [p, r]:
            return GilbertElliott(p=p, r=r)
        case [p, r, loss_bad, loss_good]:
            return GilbertElliott(p=p, r=r, loss_bad=loss_bad, loss_good=loss_good)
        case _:
            raise ImpossibleValueError("loss", f"{text!r} needs two or four numbers after ge:")


def _probability(part: str, text: str) -> float:
    try:
        return float(part)
    except ValueError as error:
        raise ImpossibleValueError("loss", f"{text!r} is no loss model ({_HINT})") from error
