#include "drivers/sensor_health.h"

#include "drivers/barometer.h"
#include "drivers/hygrometer.h"
#include "drivers/soil_probe.h"
#include "lib/fixed_point.h"

static struct sensor_health sensors[SENSOR_COUNT] = {
    [SENSOR_HYGROMETER] = {.name = "hygrometer", .address = HYGROMETER_ADDRESS},
    [SENSOR_BAROMETER] = {.name = "barometer", .address = BAROMETER_ADDRESS},
    [SENSOR_SOIL_PROBE] = {.name = "soil-probe", .address = SOIL_PROBE_ADDRESS},
};

void sensor_health_record(enum sensor sensor, unsigned attempts, bool succeeded)
{
    struct sensor_health *health = &sensors[sensor];
    health->readings++;
    if (!succeeded) {
        health->failed++;
        health->failed_in_a_row++;
        return;
    }
    health->failed_in_a_row = 0;
    if (attempts > 1) {
        health->repeated++;
    }
}

const struct sensor_health *sensor_health(enum sensor sensor)
{
    return &sensors[sensor];
}

int32_t sensor_health_failure_centi_percent(enum sensor sensor)
{
    const struct sensor_health *health = &sensors[sensor];
    if (health->readings == 0) {
        return 0;
    }
    return divide_rounded((int64_t)health->failed * 10000, (int32_t)health->readings);
}
