#!/bin/sh
# last.sh - in the lab, when all else has been stopped on the way down: the last case.
# SPDX-License-Identifier: GPL-2.0-or-later
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/person.sh"
. "$here/single.sh"

# The desktop is not started any more; the card is as it was.
a_shutdown_gives_it_back() {
	driver_is bochs-drm || fail "$(state)"
	! pgrep -u tester >/dev/null || fail "still runs: $(ps -u tester)"
	grep "has shut down" /srv/tester/.local/state/oriel/single/log >/dev/null || fail "its log"
}

try a_shutdown_gives_it_back
echo "1..$count"
