#include "app/self_test.h"

#include <stdbool.h>
#include <string.h>

#include "app/derived.h"
#include "crypto/aes128.h"
#include "crypto/cmac.h"
#include "drivers/barometer.h"
#include "lib/calendar.h"
#include "lib/checksums.h"

/* FIPS 197, appendix C.1. */
static const uint8_t fips197_key[AES128_KEY_BYTES] = {
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F,
};
static const uint8_t fips197_plain[AES128_BLOCK_BYTES] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF,
};
static const uint8_t fips197_cipher[AES128_BLOCK_BYTES] = {
    0x69, 0xC4, 0xE0, 0xD8, 0x6A, 0x7B, 0x04, 0x30, 0xD8, 0xCD, 0xB7, 0x80, 0x70, 0xB4, 0xC5, 0x5A,
};

/* RFC 4493, section 4: examples 1 (empty), 2 (one block) and 3 (40 bytes). */
static const uint8_t rfc4493_key[AES128_KEY_BYTES] = {
    0x2B, 0x7E, 0x15, 0x16, 0x28, 0xAE, 0xD2, 0xA6, 0xAB, 0xF7, 0x15, 0x88, 0x09, 0xCF, 0x4F, 0x3C,
};
static const uint8_t rfc4493_message[40] = {
    0x6B, 0xC1, 0xBE, 0xE2, 0x2E, 0x40, 0x9F, 0x96, 0xE9, 0x3D, 0x7E, 0x11, 0x73, 0x93,
    0x17, 0x2A, 0xAE, 0x2D, 0x8A, 0x57, 0x1E, 0x03, 0xAC, 0x9C, 0x9E, 0xB7, 0x6F, 0xAC,
    0x45, 0xAF, 0x8E, 0x51, 0x30, 0xC8, 0x1C, 0x46, 0xA3, 0x5C, 0xE4, 0x11,
};

static const struct {
    size_t size;
    uint8_t tag[AES128_BLOCK_BYTES];
} rfc4493_examples[] = {
    {0, {0xBB, 0x1D, 0x69, 0x29, 0xE9, 0x59, 0x37, 0x28, 0x7F, 0xA3, 0x7D, 0x12, 0x9B, 0x75, 0x67,
         0x46}},
    {16, {0x07, 0x0A, 0x16, 0xB4, 0x6B, 0x4D, 0x41, 0x44, 0xF7, 0x9B, 0xDD, 0x9D, 0xD0, 0x4A, 0x28,
          0x7C}},
    {40, {0xDF, 0xA6, 0x67, 0x47, 0xDE, 0x9A, 0xE6, 0x30, 0x30, 0xCA, 0x32, 0x61, 0x14, 0x97, 0xC8,
          0x27}},
};

static bool aes_works(void)
{
    struct aes128 cipher;
    uint8_t block[AES128_BLOCK_BYTES];
    memcpy(block, fips197_plain, sizeof block);
    aes128_init(&cipher, fips197_key);
    aes128_encrypt(&cipher, block);
    return memcmp(block, fips197_cipher, sizeof block) == 0;
}

static bool cmac_works(void)
{
    for (size_t i = 0; i < sizeof rfc4493_examples / sizeof rfc4493_examples[0]; i++) {
        struct cmac mac;
        uint8_t tag[AES128_BLOCK_BYTES];
        cmac_init(&mac, rfc4493_key);
        cmac_update(&mac, rfc4493_message, rfc4493_examples[i].size);
        cmac_final(&mac, tag);
        if (memcmp(tag, rfc4493_examples[i].tag, sizeof tag) != 0) {
            return false;
        }
    }
    return true;
}

static bool checksums_work(void)
{
    static const uint8_t sensirion_example[] = {0xBE, 0xEF};
    return crc32("123456789", 9) == 0xCBF43926u &&
           crc32_continue(crc32("1234", 4), "56789", 5) == 0xCBF43926u &&
           crc8(sensirion_example, sizeof sensirion_example) == 0x92u;
}

/* The example of the MS5611's data sheet, and AN520's example of a PROM with its CRC. */
static bool barometer_works(void)
{
    static const uint16_t prom[BAROMETER_PROM_WORDS] = {0,     40127, 36924, 23317,
                                                        23282, 33464, 28312, 0};
    static const uint16_t crc_example[BAROMETER_PROM_WORDS] = {0x3132, 0x3334, 0x3536, 0x3738,
                                                               0x3940, 0x4142, 0x4344, 0x4500};
    struct barometer_reading reading = barometer_compensate(prom, 9085466, 8569150);
    return reading.temperature_centi_c == 2007 && reading.pressure_pa == 100009 &&
           barometer_prom_crc(crc_example) == 0xB;
}

/* Magnus by hand: 20 degrees and 50 % give 9.255 degrees, rounded either way. */
static bool dew_point_works(void)
{
    int32_t dew_point = derived_dew_point(2000, 5000);
    return dew_point == 925 || dew_point == 926;
}

static bool calendar_works(void)
{
    char text[CALENDAR_TEXT_BYTES];
    struct calendar leap_day = calendar_from_unix(1709208000u);
    calendar_to_text(&leap_day, text);
    return strcmp(text, "2024-02-29T12:00:00Z") == 0;
}

const char *self_test_run(size_t *passed)
{
    static const struct {
        const char *name;
        bool (*passes)(void);
    } tests[] = {
        {"aes128", aes_works},          {"cmac", cmac_works},
        {"checksums", checksums_work},  {"barometer", barometer_works},
        {"dew-point", dew_point_works}, {"calendar", calendar_works},
    };

    *passed = 0;
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        if (!tests[i].passes()) {
            return tests[i].name;
        }
        ++*passed;
    }
    return NULL;
}
