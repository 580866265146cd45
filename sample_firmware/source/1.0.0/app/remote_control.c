#include "app/remote_control.h"

#include <stdbool.h>

#include "app/reporter.h"
#include "app/sampler.h"
#include "config/settings.h"
#include "lib/byte_order.h"
#include "lorawan/mac_commands.h"

/* Port 10: settings by number. Port 11: actions. */
#define PORT_SETTING 10
#define PORT_ACTION 11

enum action {
    ACTION_REPORT_NOW = 1,
    ACTION_CLEAR_STATISTICS = 2,
    ACTION_CHECK_LINK = 3,
    ACTION_ASK_TIME = 4,
};

static struct remote_control_counts counts;

/* Identity and nonce are not for the air: a typing error would cut the node off for good. */
static bool may_be_set_remotely(uint8_t setting)
{
    return setting < SETTING_DEV_NONCE;
}

static bool handle_setting(const uint8_t *payload, size_t size)
{
    if (size != 5 || !may_be_set_remotely(payload[0])) {
        return false;
    }
    int32_t value = (int32_t)get_le32(payload + 1);
    return settings_set_number((enum setting)payload[0], value) == SETTING_OK;
}

static bool handle_action(const uint8_t *payload, size_t size)
{
    if (size != 1) {
        return false;
    }
    switch (payload[0]) {
    case ACTION_REPORT_NOW:
        reporter_request();
        return true;
    case ACTION_CLEAR_STATISTICS:
        sampler_clear();
        return true;
    case ACTION_CHECK_LINK:
        mac_commands_request_link_check();
        return true;
    case ACTION_ASK_TIME:
        mac_commands_request_time();
        return true;
    default:
        return false;
    }
}

void remote_control_handle(uint8_t port, const uint8_t *payload, size_t size)
{
    bool obeyed = false;
    if (port == PORT_SETTING) {
        obeyed = handle_setting(payload, size);
    } else if (port == PORT_ACTION) {
        obeyed = handle_action(payload, size);
    }
    if (obeyed) {
        counts.obeyed++;
    } else {
        counts.ignored++;
    }
}

struct remote_control_counts remote_control_counts(void)
{
    return counts;
}
