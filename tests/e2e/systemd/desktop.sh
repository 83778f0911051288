#!/bin/sh
# desktop.sh - the lab's display-manager.service: something that draws on the only GPU, and a
# terminal of the person who is logged in there. SPDX-License-Identifier: GPL-2.0-or-later
#
# Keys and screen are pipes and files of person.sh's. What runs in the terminal is of the person's
# session; the terminal itself ends with us.
set -u
work=/run/lab
if command -v weston >/dev/null; then
	mkdir -p $work/root && chmod 700 $work/root
	XDG_RUNTIME_DIR=$work/root weston --backend=drm-backend.so --use-pixman --continue-without-input --tty=7 \
		--socket=desktop >$work/weston.log 2>&1 &
else
	exec 9<>/dev/dri/card0
fi
rm $work/seated 2>/dev/null || exec sleep infinity # nobody sits there
script -qef -c "su -l tester" $work/screen <$work/keys
