"""What handlers take and give, read from their annotations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

from jobs.chunkable import Chunkable
from jobs.errors import BadSignature

_MANY = (list, tuple, Sequence, Collection, Iterable)


@dataclass(frozen=True, slots=True)
class Signature:
    """The types of a handler's payload and result; of a chunk's result if it has chunks."""

    payload: Any
    result: Any
    chunk_result: Any = None


def of_function(handler: Callable[..., Any]) -> Signature:
    """The signature of `(context, payload) -> result`; raises `BadSignature`."""
    (_, payload, *_), result = _annotations(handler, 2)
    return Signature(payload, result)


def of_chunkable(kind: type[Chunkable[Any, Any, Any, Any]]) -> Signature:
    """The signature of a class; raises `BadSignature` where its methods do not go together."""
    if missing := sorted(kind.__abstractmethods__):
        raise BadSignature(handler=kind.__qualname__, reason=f"it lacks {', '.join(missing)}")
    (_, payload, *_), parts = _annotations(kind.split, 3, named=(1,))
    (_, _, part, *_), chunk_result = _annotations(kind.run_chunk, 3, named=(2,))
    (_, same_payload, chunk_results, *_), result = _annotations(kind.combine, 3, named=(1, 2))
    _agree(kind, "split takes", payload, "combine", same_payload)
    _agree(kind, "split gives parts", _item(kind.split, parts), "run_chunk takes", part)
    _agree(
        kind, "run_chunk gives", chunk_result, "combine takes", _item(kind.combine, chunk_results)
    )
    return Signature(payload, result, chunk_result)


def _annotations(
    handler: Callable[..., Any], count: int, named: Sequence[int] = (1,)
) -> tuple[list[Any], Any]:
    """The types of at least `count` parameters, and of what is returned.

    Those of the `named` ones must be given; of others, `self` say, they may be None.
    """
    try:
        hints = get_type_hints(handler)
    except NameError as error:
        raise BadSignature(handler=handler.__qualname__, reason=str(error)) from None
    names = list(inspect.signature(handler).parameters)
    if len(names) < count:
        reason = f"it has {len(names)} parameters instead of {count}"
        raise BadSignature(handler=handler.__qualname__, reason=reason)
    for name in (*(names[index] for index in named), "return"):
        if name not in hints:
            reason = f"{name!r} has no annotation"
            raise BadSignature(handler=handler.__qualname__, reason=reason)
    return [hints.get(name) for name in names], hints["return"]


def _item(handler: Callable[..., Any], annotation: Any) -> Any:
    """What there are many of: `X` of `Sequence[X]`, `list[X]` or `tuple[X, ...]`."""
    if get_origin(annotation) not in _MANY:
        reason = f"{annotation} should be a Sequence[…] of one type"
        raise BadSignature(handler=handler.__qualname__, reason=reason)
    return get_args(annotation)[0]


def _agree(kind: type, one: str, taken: Any, other: str, given: Any) -> None:
    if taken != given:
        reason = f"{one} {_shown(taken)}, but {other} {_shown(given)}"
        raise BadSignature(handler=kind.__qualname__, reason=reason)


def _shown(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
