#!/bin/sh
# desktop.sh WIDTHxHEIGHT [ARGUMENT...] - the guest's desktop: an X server, a few windows that live,
# and oriel-guest, which gets the arguments. Ends with oriel-guest.
#
# A shell, sleep and Xvfb must be there; everything else is used where it is.
size=${1:-1280x800}
[ $# = 0 ] || shift
width=${size%x*} height=${size#*x}
export DISPLAY=:0 HOME="${HOME:-/root}" XLOCALEDIR=/usr/share/X11/locale

has() { command -v "$1" >/dev/null 2>&1; }
start() { ! has "$1" || "$@" >/dev/null 2>&1 & }

blackbox_style() {
	cat >/tmp/style <<-'END'
	*font: DejaVu Sans-9
	*borderColor: #10182c
	*borderWidth: 1
	*marginWidth: 3
	toolbar.appearance: flat solid
	toolbar.backgroundColor: #16213a
	toolbar.label.appearance: flat solid
	toolbar.label.backgroundColor: #16213a
	toolbar.windowLabel.appearance: flat solid
	toolbar.windowLabel.backgroundColor: #16213a
	toolbar.clock.appearance: flat solid
	toolbar.clock.backgroundColor: #16213a
	toolbar.button.appearance: flat solid
	toolbar.button.backgroundColor: #16213a
	toolbar.button.foregroundColor: #8fb3e0
	toolbar*textColor: #dfe7f5
	window.title.focus.appearance: flat vertical gradient
	window.title.focus.color1: #3f6fb0
	window.title.focus.color2: #2c5187
	window.title.unfocus.appearance: flat vertical gradient
	window.title.unfocus.color1: #33425f
	window.title.unfocus.color2: #273350
	window.label.focus.appearance: parentrelative
	window.label.unfocus.appearance: parentrelative
	window.label.focus.textColor: #ffffff
	window.label.unfocus.textColor: #b8c4da
	window.button.focus.appearance: parentrelative
	window.button.unfocus.appearance: parentrelative
	window.button.focus.foregroundColor: #ffffff
	window.button.unfocus.foregroundColor: #b8c4da
	window.handle.focus.appearance: flat solid
	window.handle.focus.backgroundColor: #2c5187
	window.handle.unfocus.appearance: flat solid
	window.handle.unfocus.backgroundColor: #273350
	window.grip.focus.appearance: flat solid
	window.grip.focus.backgroundColor: #2c5187
	window.grip.unfocus.appearance: flat solid
	window.grip.unfocus.backgroundColor: #273350
	window.handleHeight: 3
	END
	cat >/tmp/blackboxrc <<-END
	session.styleFile: /tmp/style
	session.menuFile: /tmp/menu
	session.screen0.workspaceNames: Oriel
	session.screen0.workspaces: 1
	session.screen0.strftimeFormat: %H:%M:%S
	session.screen0.toolbar.widthPercent: 100
	session.screen0.toolbar.placement: BottomCenter
	END
	printf '[begin] (Oriel)\n[exit] (Leave)\n[end]\n' >/tmp/menu
}

window_manager() {
	start bsetroot -gradient diagonalgradient -from rgb:0f/20/41 -to rgb:7d/3f/6b
	if has blackbox; then
		blackbox_style
		start blackbox -rc /tmp/blackboxrc
	elif has twm; then
		printf 'RandomPlacement\nBorderWidth 1\n' >/tmp/twmrc
		start twm -f /tmp/twmrc
	else
		start openbox
	fi
}

# Three waves of colour that wander through a terminal. busybox's awk may know no sin().
wave() {
	while :; do echo; sleep 0.05; done | awk '
	function swing(x,    sign) { # sine of x, which counts in turns of 64, times 100
		x = int(x) % 64; if (x < 0) x += 64
		sign = x < 32 ? 100 : -100; x %= 32
		return int(sign * 16 * x * (32 - x) / (5 * 32 * 32 - 4 * x * (32 - x)))
	}
	BEGIN {
		rows = 15; columns = 30
		split("24 31 38 45 81 153 | 53 90 127 164 207 219 | 94 130 172 214 221 229", shade, " ")
		printf "\033[?25l\033[2J"
	}
	{
		text = "\033[H"
		for (y = 0; y < rows; y++) {
			last = ""
			for (x = 0; x < columns; x++) {
				colour = 235
				for (w = 0; w < 3; w++) {
					at = 3 + w * 4 + swing(x * (3 - w) + NR * (2 + w) + w * 21) / 50
					depth = y - int(at)
					if (depth >= 0 && depth < 6)
						colour = shade[w * 7 + 6 - depth]
				}
				if (colour != last)
					text = text "\033[48;5;" colour "m"
				last = colour
				text = text "  "
			}
			text = text "\033[0m\r\n"
		}
		printf "%s  This picture left the guest through shared memory.", text
		fflush()
	}'
}

# Pixels and points of a 1280x800 screen, on this one.
scaled() { echo $(($1 * unit / 100)); }

clients() {
	[ $((width * 10)) -gt $((height * 16)) ] && unit=$((height / 8)) || unit=$((width * 10 / 128))
	right=$((width - $(scaled 300))) side=$(scaled 240) font='DejaVu Sans Mono'
	start xclock -geometry "${side}x$side+$right+$(scaled 40)" -update 1 -bg '#f4f1e8' \
		-hd '#7d3f6b' -hl '#7d3f6b' -fg '#16213a'
	start ico -geometry "${side}x$side+$right+$(scaled 330)" -i -sleep 0.04
	start xeyes -geometry "$(scaled 150)x$(scaled 90)+$((right + $(scaled 50)))+$(scaled 625)" \
		-outline '#16213a' -center '#2c5187'
	start xterm -u8 -fa "$font" -fs "$(scaled 12)" -bg '#262626' -fg '#dfe7f5' \
		-geometry "60x16+$(scaled 40)+$(scaled 40)" -T 'a moving picture' -e sh "$0" wave
	start xterm -u8 -fa "$font" -fs "$(scaled 9)" -bg '#10182c' -fg '#b8c4da' \
		-geometry "84x14+$(scaled 150)+$(scaled 470)" -T 'inside the guest' \
		-e sh -c 'exec top -d 1'
}

case $size in
wave) wave; exit ;;
esac
Xvfb :0 -screen 0 "$size"x24 -ac -noreset -nolisten tcp -extension GLX >/tmp/Xvfb.log 2>&1 &
until [ -S /tmp/.X11-unix/X0 ]; do sleep 0.05; done
echo "desktop: the display is up"
oriel-guest "$@" &
guest=$!
window_manager
clients
wait $guest
