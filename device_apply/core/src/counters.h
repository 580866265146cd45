/* The parts of a decision that go through its counters one by one; model.c puts them together. */
#ifndef AIRDELTA_COUNTERS_H
#define AIRDELTA_COUNTERS_H

#include "model.h"

/* Ask all counters of a decision, at least one; returns the weighted sum of their answers. */
int32_t ad_ask(const struct ad_counters *counters, struct ad_decision *decision);

/* Teach one or more counters the bit; they adapt at least as fast as after `limit` others. */
void ad_teach(const struct ad_counters *counters, const struct ad_input *inputs, uint32_t count,
              uint32_t limit, uint32_t bit);

#endif
