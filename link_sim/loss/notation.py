"""How people write a loss model on a command line.

| text | model |
|---|---|
| `none` or `0` | nothing is lost |
| `0.1` | each transmission is lost with probability 0.1 |
| `ge:P,R` | Gilbert-Elliott: good to bad with P, back with R, everything in the bad state is lost |
| `ge:P,R,BAD,GOOD` | the same with the loss probabilities of the two states |
| `fade:GOOD_S,BAD_S` | Gilbert-Elliott in real time: mean seconds in each state |
| `fade:GOOD_S,BAD_S,BAD,GOOD` | the same with the loss probabilities of the two states |
| `outage:START_S,END_S,...` | nothing arrives in these times, everything does otherwise |
| `sleep:PERIOD_S,AWAKE_S` | the device listens for AWAKE_S in every period |
| `trace:FILE` | as measured: CSV with time_s and delivered |
"""

from collections.abc import Callable, Sequence

from link_sim.errors import ImpossibleValueError
from link_sim.loss.gilbert_elliott import GilbertElliott
from link_sim.loss.model import Bernoulli, LossModel, NoLoss
from link_sim.loss.timed import Asleep, Outage, Outages, TimedGilbertElliott
from link_sim.loss.trace import Trace

_HINT = "write 0.1 or ge:P,R or trace:FILE"

ReadText = Callable[[str], str]
"""Returns the text of a file that the user named; this package reads none."""


def parse_loss(text: str, read_text: ReadText | None = None) -> LossModel:
    """Read a loss model from its notation.

    Args:
        text: The notation.
        read_text: How to read the file of `trace:FILE`; without it there are no traces.

    Raises:
        ImpossibleValueError: it is not in the notation, or a value that cannot be.
        UnreadableTextError: a trace that is none.
    """
    kind, separator, rest = text.strip().partition(":")
    if not separator:
        probability = 0.0 if kind == "none" else _number(kind, text)
        return Bernoulli(probability) if probability else NoLoss()
    if kind == "trace":
        if read_text is None:
            raise ImpossibleValueError("loss", "traces cannot be read here")
        return Trace.from_csv(read_text(rest))
    if kind not in _BUILDERS:
        raise ImpossibleValueError("loss", f"{text!r} is no loss model ({_HINT})")
    return _BUILDERS[kind]([_number(part, text) for part in rest.split(",")], text)


def _gilbert_elliott(numbers: Sequence[float], text: str) -> LossModel:
    match numbers:
        case [p, r]:
            return GilbertElliott(p=p, r=r)
        case [p, r, loss_bad, loss_good]:
            return GilbertElliott(p=p, r=r, loss_bad=loss_bad, loss_good=loss_good)
        case _:
            raise ImpossibleValueError("loss", f"{text!r} needs two or four numbers after ge:")


def _fade(numbers: Sequence[float], text: str) -> LossModel:
    match numbers:
        case [good_s, bad_s]:
            return TimedGilbertElliott(mean_good_s=good_s, mean_bad_s=bad_s)
        case [good_s, bad_s, loss_bad, loss_good]:
            return TimedGilbertElliott(
                mean_good_s=good_s, mean_bad_s=bad_s, loss_bad=loss_bad, loss_good=loss_good
            )
        case _:
            raise ImpossibleValueError("loss", f"{text!r} needs two or four numbers after fade:")


def _outages(numbers: Sequence[float], text: str) -> LossModel:
    if len(numbers) % 2:
        raise ImpossibleValueError("loss", f"{text!r} needs a start and an end per outage")
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return Outages(
        outages=tuple(Outage(start_s=start_s, end_s=end_s) for start_s, end_s in pairs),
        otherwise=NoLoss(),
    )


def _sleep(numbers: Sequence[float], text: str) -> LossModel:
    match numbers:
        case [period_s, awake_s]:
            return Asleep(period_s=period_s, awake_s=awake_s, otherwise=NoLoss())
        case _:
            raise ImpossibleValueError("loss", f"{text!r} needs two numbers after sleep:")


_BUILDERS: dict[str, Callable[[Sequence[float], str], LossModel]] = {
    "ge": _gilbert_elliott,
    "fade": _fade,
    "outage": _outages,
    "sleep": _sleep,
}


def _number(part: str, text: str) -> float:
    try:
        return float(part)
    except ValueError as error:
        raise ImpossibleValueError("loss", f"{text!r} is no loss model ({_HINT})") from error
