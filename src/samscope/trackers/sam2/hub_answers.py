"""What the Hugging Face hub's refusals mean, in one line that says what to do."""

from collections.abc import Iterator

from huggingface_hub import get_token
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)

from samscope.support.errors import SamscopeError, UsageError

RELEASED = "facebook/sam2.1-hiera-{tiny,small,base-plus,large} and facebook/sam2-hiera-{...}"
"""The released models, for messages."""

_TOKENS = "https://huggingface.co/settings/tokens"
_UNAUTHORISED, _FORBIDDEN, _TOO_MANY = 401, 403, 429


class SilentHubError(UsageError):
    """The hub does not answer at all."""


def refusal(name: str, error: BaseException) -> SamscopeError | None:
    """Return what to tell of a request that the hub has answered, but not granted.

    Args:
        name: the model's.
        error: what the hub's client raised.

    Returns:
        A ``UsageError`` where the name may be wrong, a ``SamscopeError`` where a token or the hub is the
        cause; None where the hub has not answered.
    """
    answer = next((cause for cause in _causes(error) if isinstance(cause, HfHubHTTPError)), None)
    if answer is None:
        return None
    status = getattr(answer.response, "status_code", None)
    if isinstance(answer, GatedRepoError) or status in {_UNAUTHORISED, _FORBIDDEN}:
        return _no_access(
            name, status, has_token=get_token() is not None, gated=isinstance(answer, GatedRepoError)
        )
    if isinstance(answer, RepositoryNotFoundError):
        hidden = "" if get_token() is None else ", or it is private and the token may not see it"
        return UsageError(f"model {name!r} is not on the hub{hidden}; the released ones are {RELEASED}")
    remedy = "try again later"
    if status == _TOO_MANY:
        remedy = (
            "too many requests were made: try again in some minutes, or set HF_TOKEN, which may make more"
        )
    return SamscopeError(f"model {name!r}: the hub answers with an error ({status}); {remedy}")


def _no_access(name: str, status: int | None, *, has_token: bool, gated: bool) -> SamscopeError:
    """Return what to tell where the hub wants to know who asks, or knows and says no."""
    if gated:
        return SamscopeError(
            f"model {name!r} is gated ({status}): accept its terms at https://huggingface.co/{name}, then "
            f"set HF_TOKEN to a token of the same account ({_TOKENS})"
        )
    if status == _FORBIDDEN:
        return SamscopeError(
            f"model {name!r}: the token may not read it ({status}); set HF_TOKEN to one of an account that "
            f"may, with the right to read repositories ({_TOKENS})"
        )
    if has_token:
        return SamscopeError(
            f"model {name!r}: the hub refuses the token that it was given ({status}): expired, or mistyped; "
            f"make a new one at {_TOKENS} and set HF_TOKEN to it; a public model needs none: unset HF_TOKEN, "
            "or run `hf auth logout`"
        )
    return UsageError(
        f"model {name!r} is private, or there is none of that name: the hub asks for a token ({status}); "
        f"set HF_TOKEN to one that may read it ({_TOKENS}), or correct the name; the released ones are "
        f"{RELEASED}"
    )


def silence(error: BaseException) -> str:
    """Say why the hub has not answered, and what to do."""
    if any(isinstance(cause, OfflineModeIsEnabled) for cause in _causes(error)):
        return "HF_HUB_OFFLINE forbids to ask it: unset that"
    return "check the network"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
