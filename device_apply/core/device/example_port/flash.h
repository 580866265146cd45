/* The flash of the board, at offsets from FLASH_ADDRESS. */
#ifndef EXAMPLE_FLASH_H
#define EXAMPLE_FLASH_H

#include "airdelta_device.h"

enum airdelta_flash_result flash_program(uint32_t offset, const uint8_t *bytes, uint32_t count);
enum airdelta_flash_result flash_erase(uint32_t offset);

#endif
