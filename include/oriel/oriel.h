/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * oriel/oriel.h - frames of a virtual machine's screen, for anybody.
 *
 * A capture program in the guest writes its screen into memory that it shares with us; this library
 * finds that memory, speaks the protocol (Looking Glass B7's KVMFR 20 over LGMP 6) and hands out
 * pictures. The pixels stay where the guest put them: a frame is a window into that memory.
 *
 * Between two Oriels nothing polls: the library's thread sleeps until the guest wakes it (where
 * both run on one kernel, or an ivshmem server stands between them), and a buffer may be held for
 * as long as the screen needs it. Nothing in this interface differs, but for what it says of plain
 * guests.
 *
 * How to use it: oriel_open(), wait until oriel_fd() is readable in whatever main loop there is,
 * call oriel_dispatch(), which calls the listener. That is all: no guest needs to be there at
 * oriel_open(), and a guest that goes away and comes back is told through the listener.
 *
 * Threads: one object, one thread, except where a function says otherwise. The library runs one
 * thread of its own, which touches no state of the program. It prints nothing, installs no signal
 * handler and reads no environment.
 *
 * Errors: 0 is success, negative values are -errno. Out-parameters are untouched on failure.
 *
 * Trust: the guest can change any byte of a frame at any time, also while it is read. Sizes,
 * offsets and texts given here were copied once and checked; pixels are only ever pixels. Memory
 * that is a plain file (not a sealed memfd, not /dev/kvmfr) can be truncated by whoever may write
 * it; the library notices that before it touches the memory, and then puts zeros in its place, but
 * who reads pixels at that very moment gets SIGBUS.
 */
#ifndef ORIEL_H
#define ORIEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && !defined(_WIN32)
#define ORIEL_API __attribute__((visibility("default")))
#else
#define ORIEL_API
#endif

struct oriel;       /* a receiver attached to one region of memory */
struct oriel_frame; /* one picture, reference counted; its pixels lie in the shared memory */

struct oriel_rect {
	uint32_t x, y, width, height; /* pixels of the unrotated picture, origin top left */
};

/* KVMFR's numbers; bytes in memory order. */
enum oriel_pixel {
	ORIEL_PIXEL_BGRA = 1, /* B,G,R,unused */
	ORIEL_PIXEL_RGBA,     /* R,G,B,unused */
	ORIEL_PIXEL_RGBA10,   /* little endian u32: R in bits 0-9, G 10-19, B 20-29 */
	ORIEL_PIXEL_RGBA16F,  /* four IEEE halves */
	ORIEL_PIXEL_BGR_32,   /* B,G,R without gaps, rows padded to 32-bit texels */
	ORIEL_PIXEL_RGB_24,   /* R,G,B without gaps */
};

enum oriel_colour {
	ORIEL_COLOUR_HDR = 0x8, /* BT.2020 */
	ORIEL_COLOUR_PQ = 0x10, /* ST.2084 encoded */
};

enum oriel_frame_flags {
	ORIEL_FRAME_BLOCK_SCREENSAVER = 0x1,
	ORIEL_FRAME_REQUEST_ACTIVATION = 0x2,
	ORIEL_FRAME_TRUNCATED = 0x4, /* the shared memory is too small: data_height < height */
};

struct oriel_format {
	enum oriel_pixel pixel;
	uint32_t fourcc;        /* the same as a DRM format code, modifier linear */
	uint32_t width, height; /* picture in pixels, before rotation */
	uint32_t data_width;    /* texels of a row that carry data */
	uint32_t data_height;   /* rows present */
	uint32_t pitch;         /* bytes from one row to the next */
	uint32_t rotation;      /* quarter turns clockwise that make it upright: 0 .. 3 */
	uint32_t colour;        /* enum oriel_colour */
	uint32_t flags;         /* enum oriel_frame_flags */
	uint32_t screen_width, screen_height; /* guest screen: the space of cursor positions */
};

enum oriel_os { ORIEL_OS_LINUX, ORIEL_OS_BSD, ORIEL_OS_MACOS, ORIEL_OS_WINDOWS, ORIEL_OS_OTHER };

struct oriel_guest_info {
	const char *host_version; /* of the capture program */
	const char *capture;      /* its capture backend, or "" */
	const char *os_name;      /* or "" */
	const char *cpu_model;    /* or "" */
	enum oriel_os os;
	uint8_t uuid[16]; /* textual byte order; all 0 where the guest does not say */
	uint8_t cpus, cores, sockets;
	bool can_set_cursor; /* oriel_set_cursor() works */
};

enum oriel_cursor_type { ORIEL_CURSOR_COLOUR, ORIEL_CURSOR_MONO, ORIEL_CURSOR_MASKED };

/* A pointer's state. Colour: BGRA, premultiplied. Mono: 1 bit per pixel, most significant first,
 * height rows of the AND mask, then height rows of the XOR mask. Masked: BGRA, alpha 0 replaces the
 * screen, anything else is XORed with it. */
struct oriel_cursor {
	bool visible;
	bool has_position;
	int32_t x, y;   /* top left corner of the shape in guest screen pixels */
	bool has_shape; /* the rest is new */
	enum oriel_cursor_type type;
	int32_t hot_x, hot_y;
	uint32_t width, height, pitch;
	const void *data; /* valid during the callback */
};

enum oriel_detach_reason {
	ORIEL_DETACH_ABSENT,    /* no capture program has run yet */
	ORIEL_DETACH_LOST,      /* it stopped: heartbeat still, guest rebooting, memory wiped */
	ORIEL_DETACH_RESTARTED, /* a new one took over; attached() follows */
	ORIEL_DETACH_VERSION,   /* it speaks another version of the protocol */
	ORIEL_DETACH_MEMORY,    /* the memory itself is gone or was truncated */
};

/* All called on the thread that runs oriel_dispatch(). Any of them may be NULL. */
struct oriel_listener {
	/* A guest is there. `info` and its texts are valid until detached(). */
	void (*attached)(void *data, const struct oriel_guest_info *info);
	/* The newest picture; unread older ones are never delivered. Borrowed: oriel_frame_ref() it
	 * to keep it beyond the call. */
	void (*frame)(void *data, struct oriel_frame *frame);
	/* The pointer moved, hid, or changed its shape. */
	void (*cursor)(void *data, const struct oriel_cursor *cursor);
	/* No guest (any more). `text` is one sentence for a person. Also called once after
	 * oriel_open() when there is none (after 0.3 s if the memory still shows an old one), and
	 * again when the reason changes. */
	void (*detached)(void *data, enum oriel_detach_reason reason, const char *text);
};

/* {0} is the default of each, but for `listener`. */
struct oriel_params {
	const char
		*path; /* file, /dev/kvmfrN; NULL: /dev/kvmfr0, then the usual names in /dev/shm */
	bool use_fd;   /* take `fd` instead of a path (duplicated) */
	int fd;
	/* Or the memory's ivshmem server (`oriel shmd`): then a guest in a virtual machine wakes us
	 * by its doorbell. Its socket, or a connection to it (duplicated). */
	const char *server;
	bool use_server_fd;
	int server_fd;
	bool early; /* deliver frames when announced rather than when filled */
	const struct oriel_listener *listener; /* copied */
	void *data;                            /* first argument of each callback */
};

/* Opens the memory and starts looking for a guest; needs no guest and never blocks on one. A server
 * has a second to hand out its memory. It may go later: memory and wake-ups stay, and when no guest
 * is left there, the server that took over its socket is found. At most one of path, fd, server and
 * server_fd may be given. -ENOENT and -ECONNREFUSED: no memory, or no server, (yet). On
 * failure `error` (may be NULL, `error_size` bytes) gets a sentence that says what to do. */
ORIEL_API int oriel_open(struct oriel **out, const struct oriel_params *params, char *error,
			 size_t error_size);

/* Stops the thread (within 50 ms) and frees. Frames still referenced stay readable until their last
 * unref. NULL is fine. Not from within a callback. */
ORIEL_API void oriel_close(struct oriel *self);

/* Readable when oriel_dispatch() has something to deliver. Owned by the object; poll only. */
ORIEL_API int oriel_fd(const struct oriel *self);

/* Delivers what is new: at most one frame and one cursor state. Never blocks. 0, or a negative
 * errno after which only oriel_close() is left. */
ORIEL_API int oriel_dispatch(struct oriel *self);

/* While busy, pictures are not delivered: the newest waits here in place of older ones, so that the
 * next one delivered is the newest there is. For programs that show one picture after the other and
 * could only put the next one aside. Everything else is delivered as ever. Starts false. */
ORIEL_API void oriel_busy(struct oriel *self, bool busy);

/* False: cursor() is called when the pointer looks different, not when it is elsewhere; for
 * programs whose own pointer has the guest's shape. True again also tells where it is by now.
 * Starts true. */
ORIEL_API void oriel_moves(struct oriel *self, bool moves);

/* Asks for the newest picture again, complete, as if the consumer were new. */
ORIEL_API void oriel_refresh(struct oriel *self);

/* While nobody looks (window hidden) the guest may rest: no frames, cursor states or holds until
 * true again, which also brings the newest picture, complete. Starts true. */
ORIEL_API void oriel_watch(struct oriel *self, bool frames);

/* Asks the guest to put its pointer's hot spot at x, y (guest screen pixels). Never blocks: the
 * library's thread hands it on, and when this is called faster than the guest listens the newest
 * wins. -ENOTSUP where the guest does not offer it, -ENOTCONN without a guest. */
ORIEL_API int oriel_set_cursor(struct oriel *self, int32_t x, int32_t y);

/* The window that a picture is wanted for, so that the guest may fit its screen to it: pixels, the
 * display's scale in 1/120 (120: none), its refresh rate in mHz; 0 where it does not matter. Kept
 * over restarts of the guest; the last one counts. A plain guest never hears of it, an Oriel in
 * the guest may follow or not. Never blocks. */
ORIEL_API void oriel_want(struct oriel *self, uint32_t width, uint32_t height, uint32_t scale120,
			  uint32_t mhz);

/* ---- frames: any thread ---- */

ORIEL_API struct oriel_frame *oriel_frame_ref(struct oriel_frame *frame); /* returns its argument */

/* The last one gives the buffer back to the guest. NULL is fine. At most eight pictures exist at a
 * time: whoever keeps that many references sees no ninth. */
ORIEL_API void oriel_frame_unref(struct oriel_frame *frame);

/* Lives as long as the frame. */
ORIEL_API const struct oriel_format *oriel_frame_format(const struct oriel_frame *frame);

/* Goes up by at least one per picture, never repeats within an object, 0 is never used. */
ORIEL_API uint64_t oriel_frame_serial(const struct oriel_frame *frame);

/* What changed since the picture with serial `since` (0: everything). Returns the count of
 * rectangles, at most `max` of them written (more are merged; with a `max` of 0 as many as there
 * would be). One rectangle of full size where the difference is not known (more than 32 pictures
 * ago); 0 if nothing changed. */
ORIEL_API size_t oriel_frame_damage(const struct oriel_frame *frame, uint64_t since,
				    struct oriel_rect *out, size_t max);

/* The pixels, once the first `rows` rows are there (0: at once; more than data_height means all).
 * Waits at most `timeout_us`; NULL with errno ETIMEDOUT when they did not come, ESTALE when the
 * guest vanished. The pointer is good until the last unref. */
ORIEL_API const void *oriel_frame_rows(struct oriel_frame *frame, uint32_t rows,
				       uint32_t timeout_us);

/* Descriptor of the memory (wl_shm pools, MIT-SHM), with the picture at *offset and *size bytes of
 * it, from its start, in use. Borrowed until the last unref. After an attached() it may be another
 * file under the same number: map it anew then. -ENOTSUP where the memory has no descriptor that
 * another process could map, -ESTALE when it was truncated. */
ORIEL_API int oriel_frame_shm(const struct oriel_frame *frame, off_t *offset, size_t *size);

/* A dma-buf of the picture's buffer, for a GPU, a video encoder or a display to read in place: the
 * first pixel at *offset, pitch and fourcc as in oriel_frame_format(), modifier linear. Possible
 * where the memory is a sealed memfd and the kernel has /dev/udmabuf, or with /dev/kvmfr.
 *
 * Borrowed until the last unref, and the same for each picture in that buffer: import it once and
 * keep that. After an attached() it may be another buffer under the same number: forget imports
 * then. (A picture that outgrew its buffer's dma-buf gets another one of the same place.)
 *
 * The first call for a buffer makes the dma-buf, which may block the calling thread for some
 * milliseconds; two to four buffers take turns. All later calls only look it up.
 *
 * It has no fences: the pixels are there when oriel_frame_rows() says so, and stay while
 * oriel_frame_held(). A device that does not see the processor's caches (rare on x86) wants
 * DMA_BUF_IOCTL_SYNC before it reads: START | WRITE, then END | WRITE, which writes them back. Who
 * maps the dma-buf to read it with the processor puts START | READ and END | READ around that; the
 * memory itself (oriel_frame_rows()) needs neither.
 *
 * A negative errno on failure, and in `error` (may be NULL, `error_size` bytes) a sentence that
 * says what to do: -ENOTSUP where the memory is of another kind or the kernel has no udmabuf,
 * -EACCES where it may not be used, -EFBIG for a picture larger than udmabuf allows, -ESTALE when
 * the memory was truncated, or what else the kernel says. Until the next attached()
 * it will hardly be better; oriel_frame_shm() or oriel_frame_rows() are the other ways. */
ORIEL_API int oriel_frame_dmabuf(const struct oriel_frame *frame, uint32_t *offset, char *error,
				 size_t error_size);

/* Is the buffer still ours? Once it is not, it may tear, and what was read of it since may be of
 * another picture: so ask at the end of each use. It goes back to the guest when that was reset and
 * with oriel_watch(false). An Oriel in the guest lets us hold two for as long as we like, but takes
 * one away when it has found no other to write into for 20 ms; a newer picture is there then. A
 * plain guest wants it back after half a second (the protocol allows no longer holds), and when it
 * waited undelivered for 8 ms (a newer one could not be posted otherwise). */
ORIEL_API bool oriel_frame_held(const struct oriel_frame *frame);

/* Nobody here reads its pixels any more: the buffer goes back to the guest before the last unref.
 * What else is known of the picture stays, and oriel_frame_presented() can still be told. Any
 * thread, and as often as one likes. */
ORIEL_API void oriel_frame_give_back(struct oriel_frame *frame);

/* May it be held for as long as we like, because an Oriel in the guest wrote it? Who cannot give a
 * plain guest's picture back within half a second must copy it. */
ORIEL_API bool oriel_frame_lasting(const struct oriel_frame *frame);

/* When the announcement was seen here: CLOCK_MONOTONIC, ns. */
ORIEL_API uint64_t oriel_frame_seen_ns(const struct oriel_frame *frame);

/* A picture's way, in ns of CLOCK_MONOTONIC; 0: not known (yet). The first three happened in the
 * guest, were told by it, and are right within `bound_ns`; only an Oriel there tells them. */
struct oriel_stamps {
	uint64_t captured_ns;  /* the guest's screen looked like this */
	uint64_t posted_ns;    /* announced to us */
	uint64_t filled_ns;    /* all pixels are in the shared memory */
	uint64_t seen_ns;      /* oriel_frame_seen_ns() */
	uint64_t submitted_ns; /* oriel_frame_submitted() */
	uint64_t presented_ns; /* oriel_frame_presented() */
	uint64_t bound_ns;
};

ORIEL_API void oriel_frame_stamps(const struct oriel_frame *frame, struct oriel_stamps *out);

/* Tells that the picture was handed to the display server at `when_ns` (CLOCK_MONOTONIC). Only the
 * first time counts; need not be told. */
ORIEL_API void oriel_frame_submitted(struct oriel_frame *frame, uint64_t when_ns);

/* Tells that the picture reached the screen at `when_ns` (CLOCK_MONOTONIC); closes its account.
 * Only the first time counts. */
ORIEL_API void oriel_frame_presented(struct oriel_frame *frame, uint64_t when_ns);

/* ---- figures ---- */

/* From one of a picture's stamps to the next. A stage whose end is not known, or lies before its
 * beginning (a picture may be seen before it is filled), counts as 0 and belongs to the next one:
 * the stages of a picture always add up to its total. */
enum oriel_stage {
	ORIEL_STAGE_POST,    /* captured -> posted */
	ORIEL_STAGE_FILL,    /* posted -> filled */
	ORIEL_STAGE_WAKE,    /* filled -> seen */
	ORIEL_STAGE_SUBMIT,  /* seen -> submitted */
	ORIEL_STAGE_PRESENT, /* submitted -> presented */
	ORIEL_STAGE_TOTAL,   /* captured -> presented */
	ORIEL_STAGES
};

/* How the library's thread learns that something is new. */
enum oriel_wake {
	ORIEL_WAKE_NONE,     /* there is no guest */
	ORIEL_WAKE_PACING,   /* it looks now and then, oftener when a frame is due */
	ORIEL_WAKE_FUTEX,    /* the capture program wakes it: both run on one kernel */
	ORIEL_WAKE_DOORBELL, /* the guest wakes it out of its virtual machine */
};

struct oriel_stats {
	uint64_t frames;        /* announced and seen */
	uint64_t delivered;     /* passed to the listener */
	uint64_t skipped;       /* replaced by a newer one before they were delivered */
	uint64_t repeats;       /* posted again by the guest without change */
	uint64_t rejected;      /* made no sense, or their bytes never came */
	uint64_t resubscribed;  /* we were too slow and the guest dropped us */
	uint64_t sessions;      /* guests seen, restarts included */
	uint64_t looks;         /* how often memory was looked at */
	uint64_t wakeups;       /* how often the library's thread woke */
	uint64_t bytes_copied;  /* pixels copied by this library (it has no reason to) */
	uint64_t latency_ns[3]; /* seen -> presented, over the last 1000: p50, p95, p99 */
	uint64_t stage_ns[ORIEL_STAGES][3]; /* the same of each stage; 0 with a plain guest */
	uint64_t rung;                      /* wake-ups by the guest */
	enum oriel_wake wake;               /* by now */
};

ORIEL_API void oriel_get_stats(const struct oriel *self, struct oriel_stats *out);

/* Bytes of shared memory that a screen needs (a power of two, as QEMU wants it); 0 for sizes of 0
 * or above 32767. */
ORIEL_API size_t oriel_shm_size(uint32_t width, uint32_t height, uint32_t bytes_per_pixel);

/* "0.1.0": of the library at run time. */
ORIEL_API const char *oriel_version(void);

#ifdef __cplusplus
}
#endif

#endif
