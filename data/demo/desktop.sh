#!/bin/sh
# desktop.sh WIDTHxHEIGHT [ARGUMENT...] - the guest's desktop: an X server, a few windows that live,
# and oriel-guest, which gets the arguments. Needs a shell and sleep; the rest is used where it is.
size=${1:-1280x800} && shift
width=${size%x*} height=${size#*x}
export DISPLAY=:0 HOME=/root XLOCALEDIR=/usr/share/X11/locale

has() { command -v "$1" >/dev/null 2>&1; }
start() { ! has "$1" || "$@" >/dev/null 2>&1 & }

Xvfb :0 -screen 0 "$size"x24 -ac -noreset -nolisten tcp -extension GLX >/tmp/Xvfb.log 2>&1 &
until [ -S /tmp/.X11-unix/X0 ]; do sleep 0.05; done
echo "desktop: display is up"

cat >/tmp/style <<-END 2>/dev/null
END
oriel-guest "$@" &
guest=$!

if has bsetroot; then
	bsetroot -gradient diagonalinterlaced -from '#1d2b53' -to '#5f3b76' >/dev/null 2>&1
fi
for manager in blackbox twm openbox; do
	has $manager && { start $manager; break; }
done
column=$((width - 330))
start xclock -geometry 240x240+$column+60 -update 1 -bg '#fdf6e3' -hd '#b58900' -hl '#586e75'
start ico -geometry 240x240+$column+360 -faces -colors '#268bd2 #2aa198 #859900 #b58900 #cb4b16 #d33682' -sleep 0.03
start xeyes -geometry 180x110+$((width - 300))+$((height - 170))
start xterm -fa Monospace -fs 11 -bg '#002b36' -fg '#93a1a1' -geometry 88x26+60+60 -e oriel-desktop-scroll
wait $guest
