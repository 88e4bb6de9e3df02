"""Which media type a reader of a list wants, of those that the list has."""

from collections.abc import Sequence


def preferred(accept: str, offered: Sequence[str]) -> str:
    """The offered media type that `accept` (RFC 9110 §12.5.1) wants most; the first one if it names none of them.

    A wildcard stands for the first one. What cannot be read as a weight is as good as none.
    """
    weights: dict[str, float] = {}
    for wanted in accept.split(","):
        name, _, parameters = wanted.partition(";")
        media_type = name.strip().lower()
        candidates = [offer for offer in offered if _names(media_type, offer)]
        if candidates:
            chosen = candidates[0]
            weights[chosen] = max(weights.get(chosen, 0.0), _weight(parameters))
    best = max(weights.values(), default=0.0)
    return next((offer for offer in offered if best > 0 and weights.get(offer) == best), offered[0])


def _names(media_type: str, offer: str) -> bool:
    return media_type in (offer.partition(";")[0], "*/*") or (
        media_type.endswith("/*") and offer.startswith(media_type[:-1])
    )


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value.strip())
            except ValueError:
                return 1.0
    return 1.0
