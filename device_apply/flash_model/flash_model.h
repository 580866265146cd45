/*
 * A model of NOR flash that is stricter than hardware and loses power as nastily as parts do.
 *
 * Strict, so that code which works here works on every part: only whole sectors are erased, only
 * whole write units are programmed, and with `program_once` a unit is programmed once between two
 * erases, even with the same bytes. What no correct code does (out of range, unaligned, into the
 * protected region) is refused and counted as a trap.
 *
 * Nasty: an operation that is cut leaves one of seven outcomes, some of which read well today and
 * differently after the next power-on. All chance comes from the seed of the cut, so a case that is
 * run again is the same case.
 *
 * This is test equipment: it allocates, and no device links it.
 */
#ifndef FLASH_MODEL_H
#define FLASH_MODEL_H

#include <stdint.h>

/* What an operation says. */
enum flash_model_result {
    FLASH_MODEL_OK = 0,
    FLASH_MODEL_UNREADABLE = 1, /* a unit in the range has an error that its ECC cannot correct */
    FLASH_MODEL_REFUSED = 2,    /* a unit in the range was programmed since its erase */
    FLASH_MODEL_TRAPPED = 3,    /* out of range, unaligned or protected: a bug of the caller */
    FLASH_MODEL_POWER_LOST = 4  /* the planned cut, and everything after it until power-on */
};

/* What a cut leaves of: an erase of a sector | a program of units (up to some unit, that one ...).
 */
enum flash_model_cut {
    FLASH_MODEL_NOT_DONE = 0,   /* nothing happened, in both cases */
    FLASH_MODEL_DONE = 1,       /* finished, but the device does not know, in both cases */
    FLASH_MODEL_PARTIAL = 2,    /* its first or last part is erased | ... is not reached */
    FLASH_MODEL_TORN = 3,       /* random bits of it are set | ... is half programmed */
    FLASH_MODEL_BLANK = 4,      /* reads blank but holds no data | ... reads blank but is spent */
    FLASH_MODEL_UNSETTLED = 5,  /* at each power-on it reads old or blank | ... whole or torn */
    FLASH_MODEL_UNREADABLE_CUT = 6, /* torn, and some units fault on read | ... faults on read */
    FLASH_MODEL_CUT_COUNT = 7
};

struct flash_model_sector {
    uint32_t bytes;
    uint32_t erase_us;
};

struct flash_model_part {
    const struct flash_model_sector *sectors;
    uint32_t sector_count;
    uint32_t write_unit_bytes;
    uint32_t program_unit_ns;
    uint8_t erased_value; /* 0xFF, or 0x00 on parts such as the STM32L0 */
    uint8_t program_once; /* 0: a unit may be programmed again if that sets no bit back */
};

/* What the flash has been through since it was made. */
struct flash_model_usage {
    uint64_t busy_ns;
    uint32_t operations; /* erases and programs, those that were cut included */
    uint32_t erases;
    uint32_t programmed_bytes;
    uint32_t traps;
};

struct flash_model;

/* Make a blank flash with its power on; NULL if the part is not possible or memory is short. */
struct flash_model *flash_model_new(const struct flash_model_part *part);
void flash_model_free(struct flash_model *flash);

/* Another flash of the same part in the same condition; NULL if memory is short. */
struct flash_model *flash_model_clone(const struct flash_model *flash);
/* Take over content, faults, counters, plans and power of another flash of the same part. */
void flash_model_copy(struct flash_model *flash, const struct flash_model *from);

uint32_t flash_model_size(const struct flash_model *flash);
uint32_t flash_model_sector_count(const struct flash_model *flash);
uint32_t flash_model_sector_erases(const struct flash_model *flash, uint32_t sector);
/* Bytes of the sector that starts at `offset`, 0 if none does. */
uint32_t flash_model_sector_at(const struct flash_model *flash, uint32_t offset);
void flash_model_usage_of(const struct flash_model *flash, struct flash_model_usage *usage);

enum flash_model_result flash_model_read(struct flash_model *flash, uint32_t offset, void *bytes,
                                         uint32_t count);
enum flash_model_result flash_model_program(struct flash_model *flash, uint32_t offset,
                                            const void *bytes, uint32_t count);
enum flash_model_result flash_model_erase(struct flash_model *flash, uint32_t offset);

/* Cut the power at the `operation`-th erase or program from now on (1 is the next); 0: no cut. */
void flash_model_plan_cut(struct flash_model *flash, uint32_t operation,
                          enum flash_model_cut variant, uint32_t seed);

/* Where the power failed last, and whether while erasing. */
struct flash_model_cut_place {
    uint32_t offset;
    uint8_t was_erasing;
};
void flash_model_cut_place_of(const struct flash_model *flash,
                              struct flash_model_cut_place *place);
int flash_model_has_power(const struct flash_model *flash);
/* Bring the power back; what is unsettled settles, for now. */
void flash_model_power_on(struct flash_model *flash);

/* Told of every erase (`bytes` is NULL) and program that the flash accepts, before it happens. */
typedef void (*flash_model_observer)(void *context, uint32_t offset, const void *bytes,
                                     uint32_t count);
void flash_model_observe(struct flash_model *flash, flash_model_observer observer, void *context);

/* Trap every erase and program in this range from now on; 0 bytes: nowhere. */
void flash_model_protect(struct flash_model *flash, uint32_t offset, uint32_t bytes);

#endif
