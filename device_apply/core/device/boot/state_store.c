#include "state_store.h"

#include "state_record.h"

static void place(struct airdelta_store *store, const struct airdelta_port *port,
                  const struct airdelta_layout *layout)
{
    store->log.port = port;
    store->log.layout = layout;
    dv_log_place(&store->log, &dv_state_record_format, &layout->state, layout->state_bank_bytes,
                 DV_RECORD_BYTES);
}

airdelta_device_status dv_store_find(struct airdelta_store *store, const struct airdelta_port *port,
                                     const struct airdelta_layout *layout)
{
    uint8_t record[DV_RECORD_BYTES];
    place(store, port, layout);
    airdelta_device_status status = dv_log_find(&store->log, record);
    if (status == AIRDELTA_DEVICE_OK) dv_record_decode(record, &store->state);
    return status;
}

airdelta_device_status dv_store_open(struct airdelta_store *store, const struct airdelta_port *port,
                                     const struct airdelta_layout *layout)
{
    uint8_t record[DV_RECORD_BYTES];
    place(store, port, layout);
    airdelta_device_status status = dv_log_open(&store->log, record);
    if (status == AIRDELTA_DEVICE_OK) dv_record_decode(record, &store->state);
    return status;
}

airdelta_device_status dv_store_append(struct airdelta_store *store,
                                       const struct airdelta_state *state)
{
    uint8_t record[DV_RECORD_BYTES];
    dv_record_encode(record, state);
    airdelta_device_status status = dv_log_append(&store->log, record);
    if (status == AIRDELTA_DEVICE_OK && state != &store->state) store->state = *state;
    return status;
}

airdelta_device_status dv_store_create(struct airdelta_store *store,
                                       const struct airdelta_state *state)
{
    uint8_t record[DV_RECORD_BYTES];
    dv_record_encode(record, state);
    store->state = *state;
    return dv_log_create(&store->log, record);
}
