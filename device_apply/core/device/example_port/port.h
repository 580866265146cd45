/* What the library gets from this board: its port and the division of the flash. */
#ifndef EXAMPLE_PORT_H
#define EXAMPLE_PORT_H

#include "airdelta_device.h"

extern const struct airdelta_port port;
extern const struct airdelta_layout layout;

#endif
