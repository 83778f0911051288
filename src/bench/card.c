#include "bench/card.h"

#include <errno.h>
#include <spice/enums.h>
#include <spice/macros.h>
#include <spice/types.h>
/* The ring first: it has what the next one is made of. */
#include <spice/ipc_ring.h>
#include <spice/qxl_dev.h>
#include <stddef.h>

#define MIB (1u << 20)

/* Where we put it; nobody else would. */
#define RAM_AT   0xe0000000u
#define VRAM_AT  0xe4000000u
#define ROM_AT   0xe8000000u
#define PORTS_AT 0xc000u

/* In its memory: the screen, pictures, and orders to draw them. */
#define PICTURES_AT   (16 * MIB)
#define PICTURE_EVERY (4 * MIB)
#define PICTURES      8u
#define ORDERS_AT     (48 * MIB)
#define ORDER_EVERY   512u
#define ORDERS        16384u

#define STRIDE (CARD_WIDTH * 4)

/* What an order is made of. */
struct order {
	QXLDrawable drawable;
	QXLImage image;
};
_Static_assert(sizeof(struct order) <= ORDER_EVERY, "an order has room");

/* ---- on the bus ---- */

enum { COMMAND = 0x04, BARS = 0x10, QXL = 0x01001b36 };

static int bus_in(struct box *box, unsigned slot, unsigned at, uint32_t *out)
{
	int result = box_out(box, 32, 0xcf8, 0x80000000u | slot << 11 | at);

	return result == 0 ? box_in(box, 32, 0xcfc, out) : result;
}

static int bus_out(struct box *box, unsigned slot, unsigned at, uint32_t value)
{
	int result = box_out(box, 32, 0xcf8, 0x80000000u | slot << 11 | at);

	return result == 0 ? box_out(box, 32, 0xcfc, value) : result;
}

static int find(struct box *box, unsigned *out)
{
	uint32_t id;

	for (*out = 0; *out < 32; ++*out)
		if (bus_in(box, *out, 0, &id) == 0 && id == QXL)
			return 0;
	return -ENODEV;
}

/* As firmware does it. */
static int place(struct box *box, unsigned slot)
{
	static const uint32_t bars[QXL_PCI_RANGES] = { [QXL_RAM_RANGE_INDEX] = RAM_AT,
						       [QXL_VRAM_RANGE_INDEX] = VRAM_AT,
						       [QXL_ROM_RANGE_INDEX] = ROM_AT,
						       [QXL_IO_RANGE_INDEX] = PORTS_AT };
	int result = 0;

	for (unsigned i = 0; i < QXL_PCI_RANGES && result == 0; i++)
		result = bus_out(box, slot, BARS + 4 * i, bars[i]);
	return result == 0 ? bus_out(box, slot, COMMAND, 3) : result;
}

/* ---- the card ---- */

#define FIELD(name) (self->header + offsetof(QXLRam, name))

static int port(struct card *self, unsigned number, uint8_t value)
{
	return box_out(self->box, 8, (uint16_t)(self->ports + number), value);
}

/* The numbers of slots and generations stand above what is an offset into the slot. */
static int read_rom(struct card *self)
{
	uint32_t header, slots;
	int result = box_read32(self->box, ROM_AT + offsetof(QXLRom, ram_header_offset), &header);

	if (result == 0)
		result = box_read32(self->box, ROM_AT + offsetof(QXLRom, slots_start), &slots);
	if (result)
		return result;
	const unsigned first = slots & 255, generation_bits = slots >> 16 & 255,
		       id_bits = slots >> 24;
	uint32_t generation;
	result = box_read32(self->box, ROM_AT + offsetof(QXLRom, slot_generation), &generation);
	self->header = self->ram + header;
	self->slot = ((uint64_t)first << generation_bits | (generation & 255))
		     << (64 - id_bits - generation_bits);
	return result;
}

static int add_memory(struct card *self)
{
	const QXLMemSlot memory = { self->ram, self->header };
	uint32_t slots;
	int result = box_read32(self->box, ROM_AT + offsetof(QXLRom, slots_start), &slots);

	if (result == 0)
		result = box_write(self->box, FIELD(mem_slot), &memory, sizeof(memory));
	return result == 0 ? port(self, QXL_IO_MEMSLOT_ADD, slots & 255) : result;
}

static int set_mode(struct card *self)
{
	const QXLSurfaceCreate screen = { .width = CARD_WIDTH,
					  .height = CARD_HEIGHT,
					  .stride = STRIDE,
					  .format = SPICE_SURFACE_FMT_32_xRGB,
					  .mem = self->slot };
	int result = box_write(self->box, FIELD(create_surface), &screen, sizeof(screen));

	return result == 0 ? port(self, QXL_IO_CREATE_PRIMARY, 0) : result;
}

/* Greys that differ from each other. */
uint32_t card_colour(uint32_t number)
{
	return CARD_FIRST + 0x101010 * (number % PICTURES);
}

static int make_pictures(struct card *self)
{
	int result = 0;

	for (unsigned i = 0; i < PICTURES && result == 0; i++)
		result = box_fill(self->box, self->ram + PICTURES_AT + i * PICTURE_EVERY,
				  STRIDE * CARD_HEIGHT, (uint8_t)card_colour(i));
	return result;
}

static const struct {
	const char *what;
	int (*run)(struct card *self);
} steps[] = {
	{ "read its ROM", read_rom },
	{ "add its memory", add_memory },
	{ "set its mode", set_mode },
	{ "write pictures", make_pictures },
};

int card_init(struct card *self, struct box *box, struct err *err)
{
	unsigned slot;

	*self = (struct card){ .box = box, .ram = RAM_AT, .ports = PORTS_AT };
	int result = find(box, &slot);
	if (result == 0)
		result = place(box, slot);
	if (result)
		return err_set_errno(err, result, "no QXL card");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		result = steps[i].run(self);
		if (result)
			return err_set_errno(err, result, "QXL: cannot %s", steps[i].what);
	}
	return 0;
}

/* ---- drawing ---- */

static void write_order(const struct card *self, struct order *out, uint64_t at)
{
	const uint64_t pixels = PICTURES_AT + self->drawn % PICTURES * PICTURE_EVERY;
	const QXLRect all = { .right = CARD_WIDTH, .bottom = CARD_HEIGHT };

	*out = (struct order){
		.drawable = {
			.release_info.id = self->slot | at,
			.effect = QXL_EFFECT_OPAQUE,
			.type = QXL_DRAW_COPY,
			.bbox = all,
			.clip.type = SPICE_CLIP_TYPE_NONE,
			.surfaces_dest = { -1, -1, -1 },
			.u.copy = {
				.src_bitmap = self->slot | (at + offsetof(struct order, image)),
				.src_area = all,
				.rop_descriptor = SPICE_ROPD_OP_PUT,
			},
		},
		.image = {
			.descriptor = { .id = (uint64_t)self->drawn << 32 | QXL_IMAGE_GROUP_DEVICE,
					.type = SPICE_IMAGE_TYPE_BITMAP,
					.width = CARD_WIDTH,
					.height = CARD_HEIGHT },
			.bitmap = { .format = SPICE_BITMAP_FMT_32BIT,
				    .flags = QXL_BITMAP_DIRECT | QXL_BITMAP_TOP_DOWN,
				    .x = CARD_WIDTH,
				    .y = CARD_HEIGHT,
				    .stride = STRIDE,
				    .data = self->slot | pixels },
		},
	};
}

/* What the card gives back is not used again for long: nobody waits for it. */
int card_draw(struct card *self)
{
	const uint64_t at = ORDERS_AT + self->drawn % ORDERS * ORDER_EVERY;
	const QXLCommand command = { .data = self->slot | at, .type = QXL_CMD_DRAW };
	const uint64_t place = FIELD(cmd_ring.items) +
			       self->drawn % QXL_COMMAND_RING_SIZE * sizeof(QXLCommandRing_ring_el);
	const uint32_t next = self->drawn + 1;
	struct order order;

	int result = box_read32(self->box, FIELD(cmd_ring.cons), &self->done);
	if (result == 0 && self->drawn - self->done >= QXL_COMMAND_RING_SIZE)
		return -EAGAIN;
	write_order(self, &order, at);
	if (result == 0)
		result = box_write(self->box, self->ram + at, &order, sizeof(order));
	if (result == 0)
		result = box_write(self->box, place, &command, sizeof(command));
	if (result == 0)
		result = box_write(self->box, FIELD(cmd_ring.prod), &next, sizeof(next));
	if (result)
		return result;
	self->drawn = next;
	return port(self, QXL_IO_NOTIFY_CMD, 0);
}
