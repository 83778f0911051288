/* view/app_impl.h - what the files of the app share: app.c brings source, window and screen
 * together, app_source.c is what the source tells, app_settings.c what a changed setting does,
 * app_habits.c how the window behaves, app_resize.c how the guest follows it, app_clip.c the
 * clipboard, app_input.c keyboard, pointer and what their actions do, app_hud.c what is written
 * over the picture, app_spice.c the SPICE server and its password, app_sound.c how loud it is, and
 * who may listen. */
#ifndef VIEW_APP_IMPL_H
#define VIEW_APP_IMPL_H

#include "view/app.h"
#include "view/clip/exchange.h"
#include "view/clip/files.h"
#include "view/deadlines.h"
#include "view/input/input.h"
#include "view/look.h"
#include "view/pointer.h"
#include "view/present/screen.h"
#include "view/sound/desk.h"
#include "view/spice/prompt.h"
#include "view/spice/server.h"

struct app {
	const struct options *options;
	GMainLoop *loop; /* NULL: somebody else runs it */
	bool ended;
	struct source *source;
	struct spice *spice;   /* NULL: no SPICE server was named */
	struct server *server; /* as a person sees it; NULL with `spice` */
	struct window *window;
	struct screen *screen;
	struct look look; /* the screen's; owns its shaders */
	struct stats *stats;
	struct hud *hud;
	GError *error;

	/* What the source last said; the texts are ours. */
	enum source_state state;
	char *guest, *text;
	bool noticed;          /* the window shows a notice */
	unsigned notice_timer; /* 0: none runs */

	struct desk *desk;         /* of sound; NULL: no SPICE server */
	struct exchange *exchange; /* of clipboards; NULL: no SPICE server */
	struct files *files;       /* for the guest; NULL: the same */

	struct pointer pointer;
	struct input *input;
	enum pixel_rotation turn; /* of the picture, by the user */
	bool video_off;           /* by the user */
	bool hidden;              /* from the user, by the window system */
	struct extent picture;    /* as shown, upright and turned; nothing: none came */
	struct extent guest_screen;
	unsigned presenter;       /* the next one, by the user's key */
	bool save_due;            /* the next frame goes into a file, by the user's key */
	char *remembered;         /* name of the machine whose window's size is; NULL: it is not */
	struct extent size;       /* that the user chose, now or once; nothing: the guest's */
	bool guest_awake;         /* the guest wants its screen to stay on */
	bool awake;               /* the window was told so */
	bool guest_attention;     /* the guest wants its user to look */
	size_t wanted;            /* bytes of shared memory that would be enough; 0: it is */
	struct extent asked_size; /* of this guest; nothing: it was not */
	unsigned resize_timer;    /* 0: none runs */
	uint64_t in, shown;
	char *title;           /* of the machine, by its connection file; NULL: there is none */
	bool password_due;     /* the server wants one, nobody was asked in the window */
	GString *typed;        /* of it, in the window; NULL: it asks for none */
	struct prompt *prompt; /* for it, at the terminal; NULL: the same */
	bool shot_due;         /* the next frame is the one */
	struct deadlines deadlines;
	app_identified_func identified; /* or NULL */
	void *identified_data;
	app_alert_func alert; /* or NULL */
	void *alert_data;
	app_help_func help; /* or NULL */
	void *help_data;
};

void app_quit(struct app *self);

/* The picture comes again, as the window and the user's wishes now want it. */
void app_picture_again(struct app *self);

/* The source may rest while nobody looks. */
void app_watch_source(struct app *self);

/* app_source.c */
gboolean app_open_source(struct app *self, GError **error);
void app_show_notice(struct app *self); /* in the picture's place, until one comes */
void app_plan_notice(struct app *self); /* soon, unless a picture comes */
void app_cancel_notice(struct app *self);
void app_set_title(struct app *self); /* unless the user chose one */

/* app_sound.c */
void app_sound_open(struct app *self);
void app_sound_settle(struct app *self);     /* the settings have changed */
void app_sound_resized(struct app *self);    /* the window has */
bool app_sound_asks(const struct app *self); /* the question is about the microphone */
void app_sound_mute(struct app *self);
void app_sound_louder(struct app *self);
void app_sound_quieter(struct app *self);
void app_sound_microphone(struct app *self);

/* app_clip.c */
void app_clip_open(struct app *self);
void app_clip_settle(struct app *self); /* the settings have changed */
void app_clip_focus(struct app *self, bool focused);
void app_clip_cancel(struct app *self); /* what is being transferred */

/* app_settings.c */
void app_settle_look(struct app *self); /* how pictures are to look, as the options say */

/* app_hud.c */
void app_hud_open(struct app *self);
void app_hud_picture(struct app *self, uint64_t latency_ns); /* one was shown */
void app_hud_alert(struct app *self, const char *text);
void app_hud_facts(struct app *self); /* what holds for a while has changed */
void app_hud_guest(struct app *self, const struct frame *frame); /* a frame of it */
void app_hud_help(struct app *self, bool shown);
bool app_hud_key(struct app *self, uint32_t code); /* true: it is for a question */
void app_ask_quit(struct app *self);               /* quits, unless the user is to be asked */

/* app_spice.c */
void app_open_server(struct app *self);
void app_close_server(struct app *self);
void app_ask_password(struct app *self);         /* in the window, as soon as it can */
bool app_typed(struct app *self, uint32_t code); /* true: it is for the password */

/* app_habits.c: what the window was told to be, and what the guest asks of it. */
enum scale_mode app_scale(const struct options *options);
struct extent app_first_size(struct app *self);
void app_remember_size(struct app *self);
void app_settle_hints(struct app *self);
void app_settle_awake(struct app *self);
void app_heed_wishes(struct app *self, const struct frame *frame);

/* app_resize.c */
void app_plan_resize(struct app *self);  /* the window has another size, perhaps for a moment */
void app_resize_again(struct app *self); /* there is another guest, or another wish */
void app_resize_now(struct app *self);   /* the user wants it */
void app_cancel_resize(struct app *self);

/* app_input.c */
extern const struct input_listener app_input_listener; /* data: the app */
void app_follow_pointer(struct app *self);             /* how the picture lies may have changed */
/* As PNG; a picture that is in the graphics card alone comes from there. */
gboolean app_write_shot(struct app *self, struct frame *frame, const char *path, GError **error);
void app_save_picture(struct app *self, struct frame *frame);

#endif
