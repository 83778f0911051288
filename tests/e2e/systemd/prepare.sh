#!/bin/sh
# prepare.sh ORIEL [CASE,CASE] - process 1 of the lab, until systemd is: makes a computer of its own out of the
# host's files, on which our programs are installed. SPDX-License-Identifier: GPL-2.0-or-later
#
# Users: tester (password "tester"), who owns machines, and boss (password "secret"), who may
# decide.
set -eu
build=$(dirname "$1")/../..
here=$(cd "$(dirname "$0")" && pwd)
data=$here/../../../data
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# ---- as if freshly installed ----

rm -rf /etc/systemd /etc/rc?.d /etc/init.d /etc/oriel /etc/fstab /etc/modules-load.d /etc/udev \
	/var/log/journal /var/lib/systemd/linger /var/lib/dbus
mkdir -p /etc/systemd/system /etc/polkit-1/rules.d /var/log /srv
tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
echo lab >/etc/hostname
: >/etc/fstab

hash() { perl -e 'print crypt($ARGV[0], q($6$oriel$))' "$1"; }
person() { # NAME NUMBER PASSWORD
	echo "$1:x:$2:$2::/srv/$1:/bin/sh" >>/etc/passwd
	echo "$1:x:$2:" >>/etc/group
	echo "$1:$(hash "$3"):19000:0:99999:7:::" >>/etc/shadow
	mkdir -p "/srv/$1"
	chown "$2:$2" "/srv/$1"
}
person tester 4001 tester
person boss 4002 secret
sed -i 's/^sudo:.*/sudo:x:27:boss/' /etc/group
grep -q '^sudo:' /etc/group || echo sudo:x:27:boss >>/etc/group

# ---- our programs ----

install -D "$1" /usr/local/bin/oriel
install "$build/src/view/oriel-view" /usr/local/bin/
install -D "$build/src/vm/helper/oriel-helper" /usr/local/libexec/oriel-helper
mkdir -p /usr/local/lib/systemd/system
cp "$build/src/lib/liboriel.so.0" /usr/local/lib/
filled() { sed 's|@HELPER@|/usr/local/libexec/oriel-helper|' "$data/$1.in"; }
filled polkit/org.oriel.helper.policy >/usr/share/polkit-1/actions/org.oriel.helper.policy
filled systemd/oriel-restore.service >/usr/local/lib/systemd/system/oriel-restore.service

# ---- what runs ----

unit() { cat >"/etc/systemd/system/$1"; }
for unwanted in getty.target systemd-timesyncd.service proc-sys-fs-binfmt_misc.automount \
	systemd-binfmt.service systemd-random-seed.service systemd-update-utmp.service \
	systemd-update-utmp-runlevel.service systemd-sysusers.service systemd-hwdb-update.service \
	ldconfig.service systemd-journal-catalog-update.service systemd-firstboot.service \
	systemd-tmpfiles-clean.timer; do
	ln -s /dev/null "/etc/systemd/system/$unwanted"
done
ln -s /lib/systemd/system/multi-user.target /etc/systemd/system/default.target
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s /usr/local/lib/systemd/system/oriel-restore.service \
	/etc/systemd/system/multi-user.target.wants/
ln -s ../lab.service /etc/systemd/system/multi-user.target.wants/
unit lab.service <<END
[Unit]
Description=The cases
After=systemd-user-sessions.service systemd-logind.service dbus.service
[Service]
Environment=HOME=/root ONLY=${2:-}
ExecStart=/bin/sh $here/cases.sh
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
Type=idle
END
# Stopped after all that matters, and so the one that sees what a shutdown leaves.
unit lab-last.service <<END
[Unit]
Description=The last case
DefaultDependencies=no
Conflicts=shutdown.target
Before=shutdown.target oriel-restore.service display-manager.service systemd-logind.service
Before=user.slice user@4001.service lab.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
Environment=ONLY=${2:-}
ExecStop=/bin/sh $here/last.sh
StandardOutput=tty
TTYPath=/dev/ttyS0
END
unit display-manager.service <<END
[Unit]
Description=The desktop
After=systemd-user-sessions.service systemd-logind.service
[Service]
ExecStart=/bin/sh $here/desktop.sh
END
ln -s ../lab-last.service /etc/systemd/system/multi-user.target.wants/
exec /lib/systemd/systemd --show-status=no "--log-target=journal-or-kmsg"
