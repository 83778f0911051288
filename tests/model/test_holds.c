/* The hold protocol keeps its promises in every reachable state, and each of its parts is needed:
 * with one of them left out, the checker finds what breaks. See doc/holds.md. */
#include "tests/model/holds.h"
#include "tests/model/run.h"

static const char refilled[] = "a slot was refilled under a checked hold";
static const char foreign[] = "pixels of a later frame were shown as this one";
static const char uncarried[] = "no slot carries the newest frame";

static void check(struct holds_config config, const char *promise)
{
	struct machine_model model;
	holds_model(&model, &config);
	run_model(&model, promise);
}

static void finds(struct holds_config config, enum holds_mutant mutant, const char *promise)
{
	config.mutant = mutant;
	check(config, promise);
}

/* Two consumers with a block each, nothing taken away. */
static const struct holds_config plain = {
	.slots = 3, .consumers = 2, .blocks = 2, .publishes = 4
};

/* The same with slots taken away from them. */
static const struct holds_config taking = {
	.slots = 3, .consumers = 2, .blocks = 2, .publishes = 4, .take = true
};

/* One consumer, one slot beside the newest. */
static const struct holds_config starving = {
	.slots = 2, .consumers = 1, .blocks = 1, .publishes = 5, .take = true
};

/* One consumer, who may stand still with two of three slots. */
static const struct holds_config standing = {
	.slots = 3, .consumers = 1, .blocks = 1, .publishes = 6, .take = true, .once = true
};

/* One block, two who want it, and a reaper who strikes at any moment. */
static const struct holds_config reaping = {
	.slots = 3, .consumers = 2, .blocks = 1, .publishes = 3, .claims = 2, .reap = true
};

/* One consumer, who has to claim; the producer dies at any moment and starts anew. */
static const struct holds_config restarting = {
	.slots = 3, .consumers = 1, .blocks = 1, .publishes = 3, .claims = 3, .restarts = 1
};

/* ---- the protocol ---- */

static void three_slots_two_consumers(void)
{
	struct holds_config config = plain;
	config.idle = true;
	check(config, NULL);
}

static void four_slots_two_consumers(void)
{
	struct holds_config config = plain;
	config.idle = true;
	config.slots = 4;
	check(config, NULL);
}

static void slots_are_taken_away_and_the_last_change_published(void)
{
	struct holds_config config = taking;
	config.pending = true;
	check(config, NULL);
}

static void a_stopped_holder_is_waited_for_once(void)
{
	check(standing, NULL);
}

static void reaped_and_claimed_by_another(void)
{
	check(reaping, NULL);
}

static void producer_restarts(void)
{
	check(restarting, NULL);
}

static void producer_restarts_under_two_claimants(void)
{
	struct holds_config config = restarting;
	config.consumers = 2;
	config.publishes = config.claims = 2;
	check(config, NULL);
}

static void all_at_once(void)
{
	struct holds_config config = restarting;
	config.take = config.reap = config.pending = true;
	check(config, NULL);
}

/* ---- larger ---- */

static void larger_taking(void)
{
	struct holds_config config = taking;
	config.publishes = 5;
	check(config, NULL);
}

static void larger_four_slots(void)
{
	struct holds_config config = taking;
	config.slots = 4;
	config.publishes = 5;
	check(config, NULL);
}

static void larger_without_short_cut(void)
{
	struct holds_config three = taking, four = plain;
	three.every_slot = four.every_slot = true;
	four.slots = 4;
	check(three, NULL);
	check(four, NULL);
}

static void larger_reaping(void)
{
	struct holds_config config = reaping;
	config.publishes = 4;
	config.take = true;
	check(config, NULL);
}

static void larger_restarting(void)
{
	struct holds_config config = restarting;
	config.consumers = 2;
	config.publishes = config.claims = 2;
	config.reap = true;
	check(config, NULL);
}

/* ---- what happens without ---- */

static void finds_unfenced_hide(void)
{
	finds(plain, HOLDS_UNFENCED_HIDE, refilled);
}

static void finds_holds_looked_at_first(void)
{
	finds(plain, HOLDS_LOOK_FIRST, refilled);
}

static void finds_newest_refilled(void)
{
	finds(plain, HOLDS_REFILL_NEWEST, uncarried);
}

static void finds_newest_before_slot_serial(void)
{
	finds(plain, HOLDS_NEWEST_FIRST, uncarried);
}

static void finds_relaxed_newest(void)
{
	finds(plain, HOLDS_NEWEST_RELAXED, uncarried);
}

static void finds_unfenced_newest(void)
{
	finds(plain, HOLDS_UNFENCED_NEWEST, uncarried);
}

static void finds_unchecked_bit(void)
{
	finds(plain, HOLDS_UNCHECKED, refilled);
}

static void finds_check_before_bit(void)
{
	finds(plain, HOLDS_CHECK_FIRST, refilled);
}

static void finds_unfenced_bit(void)
{
	finds(plain, HOLDS_UNFENCED_BIT, refilled);
}

static void finds_bit_left_set(void)
{
	finds(plain, HOLDS_BIT_LEFT, "a bit stands for no frame: the slot has leaked");
}

static void finds_unfenced_taking(void)
{
	finds(starving, HOLDS_TAKE_UNFENCED, refilled);
}

static void finds_starvation_without_taking(void)
{
	struct holds_config config = starving;
	config.pending = true;
	finds(config, HOLDS_NO_TAKE, "waits for ever");
}

static void finds_blind_use(void)
{
	finds(starving, HOLDS_BLIND_USE, foreign);
}

static void finds_blind_use_after_reaping(void)
{
	finds(reaping, HOLDS_BLIND_USE, foreign);
}

static void finds_unknown_claim(void)
{
	struct holds_config config = plain;
	config.claims = 1;
	finds(config, HOLDS_KNOWN_CLAIMS, refilled);
}

static void finds_claimed_looked_at_first(void)
{
	struct holds_config config = plain;
	config.claims = 1;
	finds(config, HOLDS_CLAIMED_FIRST, refilled);
}

static void finds_mark_after_the_first_take(void)
{
	struct holds_config config = plain;
	config.claims = 1;
	finds(config, HOLDS_MARK_LATE, refilled);
}

/* One of two who mark their blocks at once is overlooked from then on. */
static void finds_plain_mark(void)
{
	struct holds_config config = plain;
	config.claims = 1;
	finds(config, HOLDS_MARK_PLAIN, refilled);
}

/* The bit is cleared by a restart that frees the block just in time for the claim. */
static void finds_mark_before_the_claim(void)
{
	finds(restarting, HOLDS_MARK_FIRST, refilled);
}

static void finds_claimed_cleared_after_the_blocks(void)
{
	finds(restarting, HOLDS_UNCLAIM_LAST, refilled);
}

/* The newer frame in a slot that was taken away: its holder's mask is the same. */
static void finds_takes_uncounted(void)
{
	finds(starving, HOLDS_UNCOUNTED, refilled);
}

static void finds_taken_bits_that_stick(void)
{
	finds(starving, HOLDS_TAKEN_STICKS, refilled);
}

static void finds_a_taking_forgotten(void)
{
	finds(standing, HOLDS_TAKEN_FORGOTTEN, "a stopped holder is waited for again");
}

/* The second taking of a slot overwrites what the first wrote. */
static void finds_taken_word(void)
{
	struct holds_config config = taking;
	config.consumers = config.blocks = 1;
	config.publishes = 6;
	finds(config, HOLDS_TAKEN_WORD, foreign);
}

static void finds_release_of_the_slot(void)
{
	finds(starving, HOLDS_SLOT_RELEASE, "a frame is shown without its bit");
}

static void finds_plain_release(void)
{
	finds(reaping, HOLDS_PLAIN_RELEASE, refilled);
}

static void finds_plain_claim(void)
{
	finds(reaping, HOLDS_PLAIN_CLAIM, refilled);
}

static void finds_claims_of_one_id(void)
{
	finds(reaping, HOLDS_SAME_ID, refilled);
}

static void finds_serials_that_recur(void)
{
	finds(restarting, HOLDS_SERIALS_RECUR, "the newest frame could not be taken");
}

static const struct test_case cases[] = {
	TEST(three_slots_two_consumers),
	TEST(four_slots_two_consumers),
	TEST(slots_are_taken_away_and_the_last_change_published),
	TEST(a_stopped_holder_is_waited_for_once),
	TEST(reaped_and_claimed_by_another),
	TEST(producer_restarts),
	TEST(producer_restarts_under_two_claimants),
	TEST(all_at_once),
	TEST(finds_unfenced_hide),
	TEST(finds_holds_looked_at_first),
	TEST(finds_newest_refilled),
	TEST(finds_newest_before_slot_serial),
	TEST(finds_relaxed_newest),
	TEST(finds_unfenced_newest),
	TEST(finds_unchecked_bit),
	TEST(finds_check_before_bit),
	TEST(finds_unfenced_bit),
	TEST(finds_bit_left_set),
	TEST(finds_unfenced_taking),
	TEST(finds_starvation_without_taking),
	TEST(finds_blind_use),
	TEST(finds_blind_use_after_reaping),
	TEST(finds_unknown_claim),
	TEST(finds_claimed_looked_at_first),
	TEST(finds_mark_after_the_first_take),
	TEST(finds_plain_mark),
	TEST(finds_mark_before_the_claim),
	TEST(finds_claimed_cleared_after_the_blocks),
	TEST(finds_takes_uncounted),
	TEST(finds_taken_bits_that_stick),
	TEST(finds_a_taking_forgotten),
	TEST(finds_taken_word),
	TEST(finds_release_of_the_slot),
	TEST(finds_plain_release),
	TEST(finds_plain_claim),
	TEST(finds_claims_of_one_id),
	TEST(finds_serials_that_recur),
	/* with ORIEL_LONG=1 */
	TEST(larger_taking),
	TEST(larger_four_slots),
	TEST(larger_without_short_cut),
	TEST(larger_reaping),
	TEST(larger_restarting),
};

int main(int argc, char **argv)
{
	return run_main(argc, argv, cases, ARRAY_LEN(cases), 5);
}
