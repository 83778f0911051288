/* What a device of the kernel, or who poses as one, writes: five bytes an event. No key is told
 * twice, no way further than a hand goes. */
#include <stdlib.h>

#include "view/input/evdev_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_key(void *data, uint32_t code, bool pressed)
{
	struct held *down = data;

	if (code >= KEY_CNT || held_has(down, code) == pressed)
		abort();
	held_set(down, code, pressed);
}

static void on_way(void *data, int32_t x, int32_t y)
{
	(void)data;
	if ((!x && !y) || abs(x) > 1 << 20 || abs(y) > 1 << 20)
		abort();
}

static const struct evdev_events events = { .key = on_key, .motion = on_way, .scroll = on_way };

static struct input_event event_of(const uint8_t *bytes)
{
	int32_t value = (int8_t)bytes[3] * (1 << (bytes[4] % 25));

	return (struct input_event){ .type = bytes[0] % 0x20,
				     .code = (uint16_t)(bytes[1] | bytes[2] << 8),
				     .value = value };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct held none = { 0 };
	struct held down = { 0 };
	struct evdev_reader reader;

	evdev_reader_init(&reader, &events, &down);
	for (; size >= 5; data += 5, size -= 5) {
		const struct input_event event = event_of(data);
		if (evdev_reader_feed(&reader, &event, 1))
			evdev_reader_sync(&reader, &none);
	}
	evdev_reader_sync(&reader, &none);
	for (uint32_t code = 0; code < KEY_CNT; code++)
		if (held_has(&down, code))
			abort();
	return 0;
}
