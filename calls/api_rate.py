"""How much one token may ask in a while."""

import logging
import math
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from calls.tokens import Token

if TYPE_CHECKING:
    from rest_framework.views import APIView  # whose module imports this one, through the settings

log = logging.getLogger(__name__)


class RatePerToken(SimpleRateThrottle):
    """So many requests of one token, or of one person's pages, in each minute, hour or day of the clock.

    Counted in one step in Redis. REST framework's own throttles read a list and write it back, so of requests at the
    same moment they count one. A cache that is away refuses nobody.
    """

    scope = "token"
    num_requests: int
    duration: int  # seconds

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        if isinstance(request.auth, Token):
            return f"rate:token:{request.auth.pk}"
        return f"rate:user:{request.user.pk}" if request.user.pk else f"rate:address:{self.get_ident(request)}"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        now = self.timer()
        self.left = self.duration - now % self.duration
        key = f"{self.get_cache_key(request, view)}:{now // self.duration:.0f}"
        try:
            self.cache.add(key, 0, timeout=2 * self.duration)  # outlives the while, so that it can be counted up
            return self.cache.incr(key) <= self.num_requests
        except (RedisError, ValueError) as error:  # ValueError: emptied between the two
            log.warning("Requests are not counted: the cache does not answer (%s)", error)
            return True

    def wait(self) -> float:
        return math.ceil(self.left)
