/* No wake-up is lost, none comes twice, and none is needed from a timeout. */
#include "tests/model/run.h"
#include "tests/model/wake.h"

static const char lost[] = "waits for ever";

static void check(struct wake_config config, const char *promise)
{
	struct machine_model model;
	wake_model(&model, &config);
	run_model(&model, promise);
}

static void finds(struct wake_config config, enum wake_mutant mutant, const char *promise)
{
	config.mutant = mutant;
	check(config, promise);
}

static const struct wake_config futex = { .consumers = 1, .publishes = 3, .claims = 1 };
static const struct wake_config doorbell = {
	.doorbell = true, .consumers = 1, .publishes = 3, .claims = 1
};

/* A comes back after it was reaped, and B, who owns the block now, is the one to be woken. */
static const struct wake_config second_owner = {
	.consumers = 2, .publishes = 1, .claims = 1, .reap = true, .awaited = 1
};

static const struct wake_config restarting = {
	.consumers = 1, .publishes = 3, .claims = 2, .restarts = 1
};

/* A frame is announced, then filled; who waits for the one is not woken for the other. */
static const struct wake_config filling = {
	.consumers = 1, .publishes = 3, .claims = 1, .filled = true
};

static const struct wake_config changing = {
	.consumers = 1, .publishes = 3, .claims = 1, .fickle = true
};

static void with_doorbell(struct wake_config config)
{
	config.doorbell = true;
	check(config, NULL);
}

static void futex_wakes(void)
{
	check(futex, NULL);
}

static void doorbell_wakes(void)
{
	check(doorbell, NULL);
}

static void futex_wakes_second_owner(void)
{
	check(second_owner, NULL);
}

static void doorbell_wakes_second_owner(void)
{
	with_doorbell(second_owner);
}

static void futex_wakes_over_a_restart(void)
{
	check(restarting, NULL);
}

static void doorbell_wakes_over_a_restart(void)
{
	with_doorbell(restarting);
}

static void futex_wakes_when_filled(void)
{
	check(filling, NULL);
}

static void doorbell_wakes_when_filled(void)
{
	with_doorbell(filling);
}

static void futex_wakes_who_wants_frames_again(void)
{
	check(changing, NULL);
}

static void doorbell_wakes_who_wants_frames_again(void)
{
	with_doorbell(changing);
}

static void larger_changes_of_mind(void)
{
	struct wake_config config = changing;
	config.filled = true;
	config.claims = 2;
	config.restarts = 1;
	check(config, NULL);
	with_doorbell(config);
}

static void larger_second_owner(void)
{
	struct wake_config config = second_owner;
	config.publishes = 3;
	check(config, NULL);
	with_doorbell(config);
}

static void finds_unfenced_publish(void)
{
	finds(doorbell, WAKE_UNFENCED_PUBLISH, lost);
}

static void finds_armed_looked_at_first(void)
{
	finds(futex, WAKE_RUNG_FIRST, lost);
	finds(doorbell, WAKE_RUNG_FIRST, lost);
}

static void finds_ringing_twice(void)
{
	finds(futex, WAKE_FORGETFUL, "rung twice for one arming");
	finds(doorbell, WAKE_FORGETFUL, "rung twice for one arming");
}

static void finds_waking_only_one(void)
{
	finds(second_owner, WAKE_ONE, lost);
}

static void finds_ring_before_blocks_are_freed(void)
{
	finds(restarting, WAKE_RING_BEFORE, lost);
}

static void finds_unfenced_arming(void)
{
	finds(futex, WAKE_UNFENCED_ARM, lost);
	finds(doorbell, WAKE_UNFENCED_ARM, lost);
}

static void finds_no_second_look(void)
{
	finds(futex, WAKE_NO_SECOND_LOOK, lost);
	finds(doorbell, WAKE_NO_SECOND_LOOK, lost);
}

static void finds_bell_read_late(void)
{
	finds(futex, WAKE_BELL_LATE, lost);
}

static void finds_giving_up(void)
{
	finds(futex, WAKE_GIVES_UP, lost);
}

/* A writes over what B has put into the block. */
static void finds_words_by_plain_stores(void)
{
	struct wake_config config = second_owner;
	finds(config, WAKE_PLAIN_WORDS, lost);
	config.doorbell = true;
	finds(config, WAKE_PLAIN_WORDS, lost);
}

static void finds_attention_by_a_plain_store(void)
{
	finds(second_owner, WAKE_PLAIN_ATTENTION, lost);
}

static void finds_attention_after_the_second_look(void)
{
	finds(changing, WAKE_ATTENTION_LATE, lost);
}

static void finds_waiting_for_another_event(void)
{
	finds(filling, WAKE_OTHER_EVENT, lost);
}

static void finds_ringing_who_wants_nothing(void)
{
	finds(changing, WAKE_INATTENTIVE, "woken for nothing again and again");
}

static void finds_owner_unchecked(void)
{
	finds(restarting, WAKE_OWNER_UNCHECKED, lost);
}

static const struct test_case cases[] = {
	TEST(futex_wakes),
	TEST(doorbell_wakes),
	TEST(futex_wakes_second_owner),
	TEST(doorbell_wakes_second_owner),
	TEST(futex_wakes_over_a_restart),
	TEST(doorbell_wakes_over_a_restart),
	TEST(futex_wakes_when_filled),
	TEST(doorbell_wakes_when_filled),
	TEST(futex_wakes_who_wants_frames_again),
	TEST(doorbell_wakes_who_wants_frames_again),
	TEST(finds_unfenced_publish),
	TEST(finds_armed_looked_at_first),
	TEST(finds_ringing_twice),
	TEST(finds_waking_only_one),
	TEST(finds_ring_before_blocks_are_freed),
	TEST(finds_unfenced_arming),
	TEST(finds_no_second_look),
	TEST(finds_bell_read_late),
	TEST(finds_giving_up),
	TEST(finds_words_by_plain_stores),
	TEST(finds_attention_by_a_plain_store),
	TEST(finds_attention_after_the_second_look),
	TEST(finds_waiting_for_another_event),
	TEST(finds_ringing_who_wants_nothing),
	TEST(finds_owner_unchecked),
	/* with ORIEL_LONG=1 */
	TEST(larger_second_owner),
	TEST(larger_changes_of_mind),
};

int main(int argc, char **argv)
{
	return run_main(argc, argv, cases, ARRAY_LEN(cases), 2);
}
