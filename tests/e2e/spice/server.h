/* tests/e2e/spice/server.h - a SPICE server in this process (libspice-server, QEMU's own), whose
 * one screen is what a test hands it: a texture by its descriptor, as with QEMU's gl=on, or memory.
 * It is served by the default main context and threads of its own. One at a time. */
#ifndef TESTS_E2E_SPICE_SERVER_H
#define TESTS_E2E_SPICE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

/* Listens at that socket. False: it cannot. */
bool server_open(const char *path);
void server_close(void);

/* The screen is that texture from now on. Takes `fd`; -1: it is off. */
void server_texture(int fd, uint32_t width, uint32_t height, uint32_t pitch, uint32_t fourcc,
		    bool flipped);

/* Something was drawn there; one at a time. */
void server_draw(uint32_t x, uint32_t y, uint32_t width, uint32_t height);

/* So many drawings were answered, and when the last one was. */
unsigned server_answers(uint64_t *when_ns);

/* What the monitor has of the screen. */
void server_view(uint32_t x, uint32_t y, uint32_t width, uint32_t height);

/* The screen is in memory from now on, of one colour. */
void server_surface(uint32_t width, uint32_t height, uint32_t colour);

#endif
