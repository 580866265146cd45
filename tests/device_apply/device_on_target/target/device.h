/* What the test calls, in the order of an update; statuses are `airdelta_device_status`. */
#ifndef AIRDELTA_TESTS_TARGET_DEVICE_H
#define AIRDELTA_TESTS_TARGET_DEVICE_H

#include "airdelta_device.h"

/* The factory, and the bootloader after each power-on. */
int target_provision(const struct airdelta_slot_record *record);
int target_boot(void);
uint32_t target_running_slot(void);
/* Where the layout's installer begins to write the slot; 0 without one. */
uint32_t target_commit_address(void);

/* The application. */
int target_start(void);
int target_offer(const uint8_t *head, uint32_t head_bytes, uint32_t fragment_bytes);
uint32_t target_next_missing(uint32_t from);
int target_receive(uint32_t index, const uint8_t *bytes, uint32_t count);
int target_install_slice(void);
int target_install(void);
int target_confirm(void);
uint32_t target_lifecycle(void);
uint32_t target_security_counter(void);

#endif
