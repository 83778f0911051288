#!/bin/sh
# with_newer.sh PROGRAM WORD... - a test of plans, with the QEMU of the distribution's backports.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# NEWER names the script that has it.
set -u
program=$1 && shift
work=$(mktemp -d "${TMPDIR:-/tmp}/oriel-plan.XXXXXX")
trap 'rm -rf "$work"' EXIT

if ! sh "$NEWER" "$work" 2>"$work/why"; then
	echo "1..0 # SKIP no newer QEMU: $(tail -n 1 "$work/why")"
	exit 0
fi
echo "# $("$work/bin/qemu-system-x86_64" --version | head -n 1)"
PATH=$work/bin:$PATH "$program" "$@"
