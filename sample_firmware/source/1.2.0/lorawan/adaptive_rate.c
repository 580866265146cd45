#include "lorawan/adaptive_rate.h"

#include "lorawan/region.h"

/* RP002-1.0.3, section 2.3. */
#define ADR_ACK_LIMIT 64u
#define ADR_ACK_DELAY 32u

void adaptive_rate_reset(struct lorawan_node *node)
{
    node->unanswered = 0;
}

bool adaptive_rate_wants_answer(const struct lorawan_node *node)
{
    /* At the lowest rate with full power nothing is left to fall back to. */
    bool at_the_bottom = node->session.data_rate == 0 && node->session.power_step == 0;
    return node->unanswered >= ADR_ACK_LIMIT && !at_the_bottom;
}

static void fall_back(struct lorawan_node *node)
{
    node->host->link_lost(node->unanswered);
    if (node->session.power_step > 0) {
        node->session.power_step = 0;
    } else if (node->session.data_rate > 0) {
        node->session.data_rate--;
    } else {
        region_set_mask(&node->plan, node->plan.enabled | 0x0007u);
        node->session.repetitions = 1;
    }
}

void adaptive_rate_uplink_sent(struct lorawan_node *node)
{
    node->unanswered++;
    if (!node->adaptive_rate) {
        return;
    }
    if (node->unanswered >= ADR_ACK_LIMIT + ADR_ACK_DELAY &&
        (node->unanswered - ADR_ACK_LIMIT) % ADR_ACK_DELAY == 0) {
        fall_back(node);
    }
}

void adaptive_rate_downlink_received(struct lorawan_node *node)
{
    node->unanswered = 0;
}
