/* The bus of drivers/sensor_bus.h with models of the sensors at its other end. */
#include "drivers/sensor_bus.h"

#include "simulation/sensor_models.h"

static const struct sensor_model *const models[] = {&barometer_model, &hygrometer_model};

static const struct sensor_model *find_model(uint8_t address)
{
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        if (models[i]->address == address) {
            return models[i];
        }
    }
    return NULL;
}

bool sensor_bus_write(uint8_t address, const uint8_t *bytes, size_t size)
{
    const struct sensor_model *model = find_model(address);
    return model != NULL && model->write(bytes, size);
}

bool sensor_bus_read(uint8_t address, uint8_t *bytes, size_t size)
{
    const struct sensor_model *model = find_model(address);
    return model != NULL && model->read(bytes, size);
}
