/* What the window keeps for itself: pointer constraints, raw motion, the compositor's shortcuts. */
#include "view/window/wayland/wayland.h"

#include "keyboard-shortcuts-inhibit-unstable-v1-client.h"
#include "pointer-constraints-unstable-v1-client.h"
#include "relative-pointer-unstable-v1-client.h"

#define ANSWER_MS                                                                                  \
	1000 /* a compositor that has not answered by then asks its user, or does nothing */

static const char *why_not(const struct wayland *self)
{
	unsigned missing = self->grabs & ~self->given;

	if ((missing & (INPUT_GRAB_POINTER | INPUT_GRAB_CONFINE)) && !self->constraints)
		return "the compositor cannot hold the pointer (no zwp_pointer_constraints_v1); "
		       "use a tablet in the guest";
	if ((missing & INPUT_GRAB_KEYBOARD) && !self->shortcuts)
		return "the compositor keeps its shortcuts (no "
		       "zwp_keyboard_shortcuts_inhibit_manager_v1); use --window=x11, or change "
		       "its shortcuts";
	if (missing & INPUT_GRAB_KEYBOARD)
		return "the compositor keeps its shortcuts; answer its question, or allow it in "
		       "its settings for this window";
	return missing ? "the compositor has not given the pointer; click into the window" : "";
}

/* While the compositor may still answer nothing is refused. */
static void tell(struct wayland *self)
{
	if (self->window.input->grabbed)
		self->window.input->grabbed(self->window.input_data, self->given,
					    self->grab_timer ? "" : why_not(self));
}

static void cancel_timer(struct wayland *self)
{
	if (self->grab_timer)
		g_source_remove(self->grab_timer);
	self->grab_timer = 0;
}

static void give(struct wayland *self, unsigned grab, bool given)
{
	self->given = given ? self->given | grab : self->given & ~grab;
	if (!(self->grabs & ~self->given))
		cancel_timer(self);
	tell(self);
}

static void on_locked(void *data, struct zwp_locked_pointer_v1 *locked)
{
	(void)locked;
	give(data, INPUT_GRAB_POINTER, true);
}

static void on_unlocked(void *data, struct zwp_locked_pointer_v1 *locked)
{
	(void)locked;
	give(data, INPUT_GRAB_POINTER, false);
}

static const struct zwp_locked_pointer_v1_listener locked_listener = {
	.locked = on_locked,
	.unlocked = on_unlocked,
};

static void on_confined(void *data, struct zwp_confined_pointer_v1 *confined)
{
	(void)confined;
	give(data, INPUT_GRAB_CONFINE, true);
}

static void on_unconfined(void *data, struct zwp_confined_pointer_v1 *confined)
{
	(void)confined;
	give(data, INPUT_GRAB_CONFINE, false);
}

static const struct zwp_confined_pointer_v1_listener confined_listener = {
	.confined = on_confined,
	.unconfined = on_unconfined,
};

static void on_active(void *data, struct zwp_keyboard_shortcuts_inhibitor_v1 *inhibitor)
{
	(void)inhibitor;
	give(data, INPUT_GRAB_KEYBOARD, true);
}

static void on_inactive(void *data, struct zwp_keyboard_shortcuts_inhibitor_v1 *inhibitor)
{
	(void)inhibitor;
	give(data, INPUT_GRAB_KEYBOARD, false);
}

static const struct zwp_keyboard_shortcuts_inhibitor_v1_listener inhibitor_listener = {
	.active = on_active,
	.inactive = on_inactive,
};

/* Told while nothing holds the pointer, too; not passed on then. */
static void on_relative(void *data, struct zwp_relative_pointer_v1 *relative, uint32_t utime_hi,
			uint32_t utime_lo, wl_fixed_t dx, wl_fixed_t dy, wl_fixed_t raw_dx,
			wl_fixed_t raw_dy)
{
	struct wayland *self = data;
	double factor = self->window.scale120 / 120.0;

	(void)relative, (void)utime_hi, (void)utime_lo;
	if (self->given & (INPUT_GRAB_POINTER | INPUT_GRAB_CONFINE) && self->window.input->motion)
		self->window.input->motion(self->window.input_data, wl_fixed_to_double(dx) * factor,
					   wl_fixed_to_double(dy) * factor,
					   wl_fixed_to_double(raw_dx), wl_fixed_to_double(raw_dy));
}

static const struct zwp_relative_pointer_v1_listener relative_listener = {
	.relative_motion = on_relative,
};

/* ---- one by one ---- */

/* Whoever comes first has it: the watchdog's thread takes them when the main loop hangs. */
#define TAKE(pointer) __atomic_exchange_n(&(pointer), NULL, __ATOMIC_ACQ_REL)

static void free_lock(struct wayland *self)
{
	struct zwp_locked_pointer_v1 *locked = TAKE(self->locked);

	if (locked)
		zwp_locked_pointer_v1_destroy(locked);
}

static void free_confinement(struct wayland *self)
{
	struct zwp_confined_pointer_v1 *confined = TAKE(self->confined);

	if (confined)
		zwp_confined_pointer_v1_destroy(confined);
}

static void free_inhibitor(struct wayland *self)
{
	struct zwp_keyboard_shortcuts_inhibitor_v1 *inhibitor = TAKE(self->inhibitor);

	if (inhibitor)
		zwp_keyboard_shortcuts_inhibitor_v1_destroy(inhibitor);
}

void grab_let_go(struct wayland *self)
{
	free_lock(self);
	free_confinement(self);
	free_inhibitor(self);
	if (self->display)
		wl_display_flush(self->display);
}

static void drop_lock(struct wayland *self)
{
	free_lock(self);
	self->given &= ~INPUT_GRAB_POINTER;
}

static void drop_confinement(struct wayland *self)
{
	free_confinement(self);
	self->given &= ~INPUT_GRAB_CONFINE;
}

static void drop_inhibitor(struct wayland *self)
{
	free_inhibitor(self);
	self->given &= ~INPUT_GRAB_KEYBOARD;
}

static void drop_relative(struct wayland *self)
{
	g_clear_pointer(&self->relative, zwp_relative_pointer_v1_destroy);
}

static void lock(struct wayland *self)
{
	self->locked = zwp_pointer_constraints_v1_lock_pointer(
		self->constraints, self->root.surface, self->pointer, NULL,
		ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT);
	zwp_locked_pointer_v1_add_listener(self->locked, &locked_listener, self);
}

static void confine(struct wayland *self)
{
	self->confined = zwp_pointer_constraints_v1_confine_pointer(
		self->constraints, self->root.surface, self->pointer, NULL,
		ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT);
	zwp_confined_pointer_v1_add_listener(self->confined, &confined_listener, self);
}

static void follow(struct wayland *self)
{
	self->relative = zwp_relative_pointer_manager_v1_get_relative_pointer(
		self->relative_pointers, self->pointer);
	zwp_relative_pointer_v1_add_listener(self->relative, &relative_listener, self);
}

static void inhibit(struct wayland *self)
{
	self->inhibitor = zwp_keyboard_shortcuts_inhibit_manager_v1_inhibit_shortcuts(
		self->shortcuts, self->root.surface, self->seat);
	zwp_keyboard_shortcuts_inhibitor_v1_add_listener(self->inhibitor, &inhibitor_listener,
							 self);
}

/* ---- all of them ---- */

static gboolean on_no_answer(gpointer data)
{
	struct wayland *self = data;

	self->grab_timer = 0;
	tell(self);
	return G_SOURCE_REMOVE;
}

/* A surface has one constraint at a time: the old one goes before the new one comes. */
void grab_apply(struct wayland *self)
{
	bool pointer = self->pointer && self->constraints;
	bool locks = pointer && (self->grabs & INPUT_GRAB_POINTER);
	bool confines = pointer && !locks && (self->grabs & INPUT_GRAB_CONFINE);
	bool keyboard = self->grabs & INPUT_GRAB_KEYBOARD;
	bool leaves = self->hints & WINDOW_LEAVES_SHORTCUTS;
	bool inhibits = self->seat && self->shortcuts && keyboard && !leaves;
	bool follows = (locks || confines) && self->relative_pointers;

	if (!locks)
		drop_lock(self);
	if (!confines)
		drop_confinement(self);
	if (!inhibits)
		drop_inhibitor(self);
	if (keyboard && leaves) /* the user wants no more than there is */
		self->given |= INPUT_GRAB_KEYBOARD;
	if (!follows)
		drop_relative(self);
	if (locks && !self->locked)
		lock(self);
	if (confines && !self->confined)
		confine(self);
	if (inhibits && !self->inhibitor)
		inhibit(self);
	if (follows && !self->relative)
		follow(self);
}

/* What can be answered now is; the rest comes with the compositor's events, or when none comes. */
void grab_set(struct wayland *self, unsigned grabs)
{
	self->grabs = grabs;
	grab_apply(self);
	cancel_timer(self);
	bool open = self->locked || self->confined || self->inhibitor;
	if (!(grabs & ~self->given) || !open)
		tell(self);
	else
		self->grab_timer = g_timeout_add(ANSWER_MS, on_no_answer, self);
}

void grab_drop(struct wayland *self)
{
	unsigned given = self->given;

	cancel_timer(self);
	drop_lock(self);
	drop_confinement(self);
	drop_inhibitor(self);
	drop_relative(self);
	if (given)
		tell(self);
}
