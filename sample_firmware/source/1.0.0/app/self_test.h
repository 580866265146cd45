/* Known answers for what the node's security, storage and measurements rest on. */
#ifndef APP_SELF_TEST_H
#define APP_SELF_TEST_H

#include <stddef.h>

/* Runs the tests until one fails; returns its name, or NULL. `passed` counts those before it. */
const char *self_test_run(size_t *passed);

#endif
