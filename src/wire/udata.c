#include "wire/udata.h"

#include <string.h>

#include "base/mem.h"
#include "wire/kvmfr20.h"
#include "wire/wire.h"

/* ---- writing ---- */

struct writer {
	uint8_t *at;
	size_t left;
};

static void put(struct writer *self, const void *bytes, size_t size)
{
	memcpy(self->at, bytes, size);
	self->at += size;
	self->left -= size;
}

static void put_record(struct writer *self, uint8_t type, const void *fixed, size_t fixed_size,
		       const char *text, size_t text_max)
{
	size_t length = strnlen(text, text_max - 1);
	struct kvmfr20_record record = { .type = type,
					 .size = (uint32_t)(fixed_size + length + 1) };
	put(self, &record, sizeof(record));
	put(self, fixed, fixed_size);
	put(self, text, length);
	put(self, "", 1);
}

static void copy_text(char *out, const char *text, size_t size)
{
	size_t length = strnlen(text, size - 1);
	memcpy(out, text, length);
	memset(out + length, 0, size - length);
}

static void put_vm(struct writer *self, const struct wire_guest *guest)
{
	struct kvmfr20_vminfo info = {
		.cpus = guest->cpus,
		.cores = guest->cores,
		.sockets = guest->sockets,
	};
	memcpy(info.uuid, guest->uuid, sizeof(info.uuid));
	copy_text(info.capture, guest->capture, sizeof(info.capture));
	put_record(self, KVMFR20_VMINFO, &info, sizeof(info), guest->model, sizeof(guest->model));
}

size_t wire_udata_write(const struct wire_guest *guest, uint8_t out[WIRE_UDATA_MAX])
{
	struct writer writer = { out, WIRE_UDATA_MAX };
	struct kvmfr20_udata head = { .version = KVMFR20_VERSION, .features = guest->features };

	memcpy(head.magic, KVMFR20_MAGIC, sizeof(head.magic));
	copy_text(head.host_version, guest->host_version, sizeof(head.host_version));
	put(&writer, &head, sizeof(head));
	if (guest->has_vm)
		put_vm(&writer, guest);
	if (guest->has_os)
		put_record(&writer, KVMFR20_OSINFO, &guest->os, 1, guest->os_name,
			   sizeof(guest->os_name));
	return WIRE_UDATA_MAX - writer.left;
}

/* The largest blob we write fits by far. */
static_assert(sizeof(struct kvmfr20_udata) + 2 * sizeof(struct kvmfr20_record) +
			      sizeof(struct kvmfr20_vminfo) + sizeof(struct wire_guest) <
		      WIRE_UDATA_MAX,
	      "udata");

/* ---- reading ---- */

/* At most `size` foreign bytes, up to a NUL, made fit for a log line or a title bar. */
static void read_text(char *out, size_t out_size, const uint8_t *text, size_t size)
{
	size_t i = 0;
	for (; i < size && i < out_size - 1 && text[i] != 0; i++)
		out[i] = text[i] < ' ' || text[i] > '~' ? '?' : (char)text[i];
	memset(out + i, 0, out_size - i);
}

static void read_vm(struct wire_guest *guest, const uint8_t *body, size_t size)
{
	const size_t fixed = sizeof(struct kvmfr20_vminfo);
	if (size < fixed)
		return;
	guest->has_vm = true;
	memcpy(guest->uuid, body, sizeof(guest->uuid));
	read_text(guest->capture, sizeof(guest->capture),
		  body + offsetof(struct kvmfr20_vminfo, capture),
		  sizeof(((struct kvmfr20_vminfo *)0)->capture));
	guest->cpus = body[offsetof(struct kvmfr20_vminfo, cpus)];
	guest->cores = body[offsetof(struct kvmfr20_vminfo, cores)];
	guest->sockets = body[offsetof(struct kvmfr20_vminfo, sockets)];
	read_text(guest->model, sizeof(guest->model), body + fixed, size - fixed);
}

static void read_os(struct wire_guest *guest, const uint8_t *body, size_t size)
{
	if (size < 1)
		return;
	guest->has_os = true;
	guest->os = body[0] < WIRE_OS_OTHER ? body[0] : WIRE_OS_OTHER;
	read_text(guest->os_name, sizeof(guest->os_name), body + 1, size - 1);
}

static const struct {
	uint8_t type;
	void (*read)(struct wire_guest *guest, const uint8_t *body, size_t size);
} records[] = {
	{ KVMFR20_VMINFO, read_vm },
	{ KVMFR20_OSINFO, read_os },
};

static void read_record(struct wire_guest *guest, uint8_t type, const uint8_t *body, size_t size)
{
	for (size_t i = 0; i < ARRAY_LEN(records); i++)
		if (records[i].type == type)
			records[i].read(guest, body, size);
}

int wire_udata_read(const uint8_t *blob, size_t size, struct wire_guest *guest, uint32_t *version)
{
	struct kvmfr20_udata head;
	if (size < sizeof(head))
		return WIRE_E_BAD;
	memcpy(&head, blob, sizeof(head));
	if (memcmp(head.magic, KVMFR20_MAGIC, sizeof(head.magic)) != 0)
		return WIRE_E_BAD;
	*version = head.version;
	if (head.version != KVMFR20_VERSION)
		return WIRE_E_BAD;

	*guest = (struct wire_guest){ .features = head.features };
	read_text(guest->host_version, sizeof(guest->host_version),
		  (const uint8_t *)head.host_version, sizeof(head.host_version));
	struct kvmfr20_record record;
	for (size_t at = sizeof(head); size - at >= sizeof(record); at += record.size) {
		memcpy(&record, blob + at, sizeof(record));
		at += sizeof(record);
		if (record.size > size - at)
			break;
		read_record(guest, record.type, blob + at, record.size);
	}
	return 0;
}
