#include "vm/config/value_kinds.h"

static const struct value_kind *const kinds[ROW_WORD_KINDS] = {
	[ROW_TEXT] = &value_text,       [ROW_PATH] = &value_path,     [ROW_BOOL] = &value_bool,
	[ROW_SWITCH] = &value_switch,   [ROW_INT] = &value_int,       [ROW_ENUM] = &value_enum,
	[ROW_SIZE] = &value_size,       [ROW_EXTENT] = &value_extent, [ROW_CPUS] = &value_cpus,
	[ROW_PICK] = &value_pick,       [ROW_MAC] = &value_mac,       [ROW_UUID] = &value_uuid,
	[ROW_FORWARD] = &value_forward, [ROW_USB] = &value_usb,
};

char *value_read(const struct row *row, const char *text, const char *folder, void *field)
{
	return kinds[row->kind]->read(row, text, folder, field);
}

char *value_write(const struct row *row, const void *field)
{
	return kinds[row->kind]->write(row, field);
}

void value_clear(const struct row *row, void *field)
{
	if (kinds[row->kind]->clear)
		kinds[row->kind]->clear(field);
}
