"""As ``launch``, but a lease ends after 6 s, so that a test waits less."""

import sys

from bot.__main__ import main
from bot.store.postgres import leases
from tests.wire.launch import redirect

if __name__ == "__main__":
    vars(leases).update(LEASE_S=6.0, RENEWAL_S=1.0)
    redirect(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
