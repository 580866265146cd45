/* Whether a layout is possible: checked once, so that nothing else has to. */
#ifndef AIRDELTA_DV_LAYOUT_H
#define AIRDELTA_DV_LAYOUT_H

#include "airdelta_device.h"

int dv_is_possible_layout(const struct airdelta_port *port, const struct airdelta_layout *layout);

#endif
