/* view/hud/hud.h - what is written over the picture: rates, latencies, alerts, status, help and
 * questions.
 *
 * Each is a panel of the window (window_set_panel()), drawn only when it says something else than
 * before: numbers twice a second, the graph ten times, and neither while no picture comes. Where
 * the window has no panels nothing happens. Main thread only.
 */
#ifndef VIEW_HUD_H
#define VIEW_HUD_H

#include "view/options.h"

enum hud_part {
	HUD_STATS = 0x1,
	HUD_GRAPH = 0x2,
	HUD_HELP = 0x4,
};

/* What holds for a while. */
enum hud_fact {
	HUD_FACT_MEMORY,     /* is too small */
	HUD_FACT_STILL,      /* no pictures, by the user's wish */
	HUD_FACT_MICROPHONE, /* listens */
	HUD_FACT_TRANSFER,   /* of the clipboard */
	HUD_FACT_FILES,      /* go to the guest */
	HUD_FACT_SPICE,      /* its server is not to be had */
	HUD_FACTS
};

/* One key of the help. */
struct hud_key {
	const char *key; /* "Q", "Shift+R" */
	const char *help;
};

/* Something that the user has to decide. */
struct hud_question {
	const char *title, *text; /* `text` may be NULL */
	struct hud_answer {
		uint32_t key;            /* evdev */
		const char *name, *text; /* "Enter", "Quit" */
	} answers[4];
	unsigned count;
};

typedef void (*hud_answer_func)(void *data, unsigned answer); /* its number */
typedef void (*hud_figures_func)(void *data, struct figures *out);

struct hud;

/* `window` and `options` must outlive it; `figures` is asked while rates are shown. */
struct hud *hud_create(struct window *window, const struct hud_options *options,
		       hud_figures_func figures, void *data);

/* The options have changed: where fps and graph have, they decide what is shown; and how it looks.
 */
void hud_apply(struct hud *self);

/* The window has another size or scale. */
void hud_resized(struct hud *self);

/* Does it want to be told by hud_picture()? */
bool hud_wants_pictures(const struct hud *self);

/* A picture has been shown: how long its stages and its way from seen to shown took, in ns. */
void hud_picture(struct hud *self, const uint64_t stages[SOURCE_STAGES], uint64_t latency_ns);

/* enum hud_part: what is shown, and to turn it over. HUD_HELP wants hud_set_help() first. */
unsigned hud_shown(const struct hud *self);
void hud_show(struct hud *self, unsigned parts);
void hud_toggle(struct hud *self, unsigned parts);

/* Copied. */
void hud_set_help(struct hud *self, const char *title, const struct hud_key *keys, unsigned count);

/* A sentence for so many seconds. Nothing where the user wants no alerts. */
void hud_alert(struct hud *self, double seconds, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* NULL: it holds no more. Copied. */
void hud_set_fact(struct hud *self, enum hud_fact fact, const char *text);

/* A word about the guest or the machine that stands among the rates; NULL: none. Copied. */
void hud_set_note(struct hud *self, const char *note);

/* Asks; a question that stands already is forgotten. False: nobody can see it, `answer` will not
 * be called. It is called once, from hud_press() only. */
bool hud_ask(struct hud *self, const struct hud_question *question, hud_answer_func answer,
	     void *data);

bool hud_asking(const struct hud *self);
bool hud_asks(const struct hud *self, hud_answer_func answer); /* is it this question? */
void hud_withdraw(struct hud *self);

/* While it asks, keys are for it: true means that nobody else should see this one. */
bool hud_press(struct hud *self, uint32_t key, bool pressed);

/* Pictures that it gave to the window so far, for tests. */
uint64_t hud_drawn(const struct hud *self);

/* NULL is fine. */
void hud_destroy(struct hud *self);

#endif
