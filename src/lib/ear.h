/* lib/ear.h - how the receiver's thread sleeps.
 *
 * On the program's bell, which lies in the account (frames that come back ring it too, and they
 * outlive the object). Where the guest can wake us on the futex word that it rings, which is lent
 * to the program, too: to sleep on two words costs more to wake from. Where the guest rings by its
 * doorbell, on two eventfds. A guest that rings
 * without end finds a deaf ear for a while: it can waste a few per cent of a core, no more. One
 * that does not ring its doorbell when it should is not relied upon until it does.
 *
 * The order is: ear_attend(), look, ear_arm(), look once more, ear_sleep(). Receiver's thread.
 */
#ifndef LIB_EAR_H
#define LIB_EAR_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/account.h"
#include "shm/wake.h"
#include "wire/consumer.h"

struct ear {
	struct account *account;   /* borrowed; wake-ups are counted there */
	struct wake_word words[2]; /* the program's bell; the guest's, when armed */
	int doorbell;              /* eventfd that the guest rings, borrowed; -1: none */
	enum oriel_wake armed;     /* by what the guest can end the next sleep; PACING: it cannot */
	bool idle;                 /* the last sleep ended because it was time */
	bool missed;               /* something was new then: the doorbell should have rung */
	uint64_t since_ns;         /* of what `noise` counts */
	unsigned noise;
	uint64_t deaf_ns; /* until then the guest's bell is not heard */
};

void ear_init(struct ear *self, struct account *account);

/* Another session: what the guest rings if there is no futex; -1: nothing. */
void ear_listen(struct ear *self, int doorbell);

/* Whatever the program asks for from here on ends the next sleep. */
void ear_attend(struct ear *self);

/* Asks the guest to wake us. True: look once more at everything, then sleep. False: nobody will
 * wake us, look now and then. */
bool ear_arm(struct ear *self, struct wire_consumer *consumer);

/* Armed, and good for it: there is no need to look before somebody rings. */
static inline bool ear_relies(const struct ear *self)
{
	return self->armed != ORIEL_WAKE_PACING && !self->missed;
}

/* Something was new: that wake-up was worth it. */
void ear_news(struct ear *self);

/* Until somebody rings, or the time has come. Returns when we were awake. */
uint64_t ear_sleep(struct ear *self, uint64_t until_ns);

/* The memory goes, and the guest's bell with it. */
void ear_forget(struct ear *self);

#endif
