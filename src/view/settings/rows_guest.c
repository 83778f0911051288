/* [audio], [spice], [clipboard]: what else comes from a guest than its picture, and goes there. */
#include "view/settings/rows.h"

static const struct setting audio_rows[] = {
	{ "enabled", "audio", BOOL(audio.enabled), "yes", .help = "Play the guest's sound" },
	{ "latency", "audio-latency", INT(audio.latency), "auto", .word = "auto", .min = 0,
	  .max = 1000, .unit = "ms", .live = true, .rare = true, .help = "Sound that is kept ready",
	  .more = "*auto*: as little as goes without gaps, found by listening for them; about\n"
		  "15 ms where the machine keeps time." },
	{ "output", "audio-output", TEXT(audio.output), "", .rare = true, .value = "NAME",
	  .help = "Device to play on",
	  .more = "Its _node.name_ in PipeWire (*pw-cli ls Node*). Empty, or not there: the\n"
		  "default one." },
	{ "input", "audio-input", TEXT(audio.input), "", .rare = true, .value = "NAME",
	  .help = "Device to record from", .more = "Named as for *--audio-output*." },
	{ "sync-volume", BOOL(audio.sync_volume), "yes", .live = true, .rare = true,
	  .help = "Follow the guest's volume",
	  .more = "*no*: only the keys, and the desktop's mixer, change it." },
	{ "microphone", ENUM(audio.microphone, "ask", "allow", "deny"), .initial = "ask",
	  .value = "ANSWER", .live = true, .personal = true,
	  .help = "May the guest listen: ask, allow, deny",
	  .more = "*ask*: a question on the picture, once the guest wants to. The answers\n"
		  "*always* and *never* are remembered for that SPICE server, in\n"
		  "_$XDG_STATE_HOME/oriel/microphones_." },
};

static const struct setting spice_rows[] = {
	{ "enabled", "spice", BOOL(spice.enabled), "yes", .rare = true, .also = "spice-address",
	  .help = "Use the machine's SPICE server",
	  .more = "Use the machine's SPICE server. *--spice=*_ADDRESS_ is *--spice-address*." },
	{ "address", "spice-address", TEXT(spice.address), "", .value = "ADDRESS", .live = true,
	  .help = "SPICE server: socket's path or HOST:PORT",
	  .more = "SPICE server: a socket's path, _HOST:PORT_, *spice://*_HOST:PORT_ or\n"
		  "*spice+tls://*_HOST:PORT_. A change of the settings file connects anew." },
	{ "file", "spice-file", PATH(spice.file), "", .value = "FILE", .rare = true,
	  .help = "The same by a .vv file of a web console",
	  .more = "A connection file as virt-viewer has it (*.vv*): server, password,\n"
		  "certificates, title. A _FILE.vv_ without an option in front is one, too. It is\n"
		  "deleted once it was read, if it says *delete-this-file=1*." },
	{ "password-file", "spice-password-file", PATH(spice.password_file), "", .rare = true,
	  .value = "FILE", .help = "Its first line is the server's password" },
	{ "ca-file", "spice-ca-file", PATH(spice.ca_file), "", .rare = true, .value = "FILE",
	  .help = "Who may sign the server's certificate" },
	{ "usb-redirect", LIST(spice.usb), "", .value = "LIST", .rare = true, .personal = true,
	  .help = "USB devices for the guest: 0951:1666, auto",
	  .more = "USB devices that the guest gets, now and when they are plugged in:\n"
		  "_VENDOR_:_PRODUCT_ as *oriel-spice --list-usb* prints them, or *auto*, which is\n"
		  "all but keyboards and mice. The machine needs *usb-redir* devices." },
	{ "share-dir", PATH(spice.share), "", .value = "FOLDER", .rare = true, .personal = true,
	  .help = "The guest may read and write this folder",
	  .more = "The guest may read and write this folder. The machine needs a channel for it\n"
		  "(*org.spice-space.webdav.0*), and the guest *spice-webdavd*." },
	{ "input", "spice-input", BOOL(spice.input), "yes", .rare = true,
	  .help = "Keyboard and pointer take this way" },
	{ "textures", "spice-textures", ENUM(spice.textures, "auto", "copy"), .initial = "auto",
	  .rare = true, .help = "How QEMU's OpenGL pictures come (gl=on)",
	  .more = "How pictures come that QEMU draws on this machine's graphics card (*-spice\n"
		  "gl=on*): *auto* shows them where they lie, by OpenGL or by the Wayland\n"
		  "compositor, and copies them where neither can; *copy* always copies, which is\n"
		  "slow and right only for buffers whose rows lie one after the other." },
	{ "wait", "spice-wait", BOOL(spice.wait), "yes", .rare = true,
	  .help = "Try again until the server answers",
	  .more = "Try again until the server answers. *no*: one that does not answer at the\n"
		  "start is done without; one that was there and is lost is tried again." },
};

static const struct setting clipboard_rows[] = {
	{ "enabled", "clipboard", BOOL(clipboard.enabled), "yes", .live = true, .personal = true,
	  .help = "Share the clipboard",
	  .more = "Text and pictures that are copied here can be pasted in the guest, and those\n"
		  "that are copied there here, once the window has the focus; so can what is\n"
		  "marked (the middle button). Nothing is transferred before it is pasted. The\n"
		  "guest needs SPICE's agent (spice-vdagent)." },
	{ "to-guest", "clipboard-to-guest", BOOL(clipboard.to_guest), "yes", .live = true,
	  .personal = true, .rare = true, .help = "The guest may paste ours" },
	{ "to-local", "clipboard-to-local", BOOL(clipboard.to_local), "yes", .live = true,
	  .personal = true, .rare = true, .help = "We may paste the guest's" },
	{ "files", "drop-files", BOOL(clipboard.files), "yes", .live = true, .personal = true,
	  .rare = true, .help = "Files dropped on the window go to the guest",
	  .more = "Files that are dropped on the window go to the guest, into the folder where\n"
		  "its SPICE agent puts them (spice-vdagent: Downloads or the desktop). Folders do\n"
		  "not, nor do hidden files and those in hidden folders while the sandbox is on;\n"
		  "*--sandbox=strict* sends none. Where they were dragged from a program without\n"
		  "the desktop's file portal, a notification on the desktop asks first." },
};

const struct section section_audio = { "audio", "Sound", audio_rows, ARRAY_LEN(audio_rows) };
const struct section section_spice = { "spice", "SPICE", spice_rows, ARRAY_LEN(spice_rows) };
const struct section section_clipboard = { "clipboard", "Clipboard", clipboard_rows,
					   ARRAY_LEN(clipboard_rows) };
