/* The guest of these tests is the one that oriel-bench measures. */
#include "bench/board.h"
