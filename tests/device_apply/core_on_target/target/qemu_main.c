/*
 * Decodes one patch on QEMU's mps2-an385 (Cortex-M3) and says over the UART what came out:
 *
 *     status 0, 33556 bytes, crc32 0123abcd, stack 700 bytes
 *
 * The exit code of QEMU is 0 if the decoder was done. Built with BASE_FILE and PATCH_FILE (what to
 * decode), NEW_BYTES, STATE_BYTES and SCRATCH_BYTES (what is set aside for it).
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "airdelta.h"

/* Arm's Application Note AN385, table 4-6, and the CMSDK technical reference, 4.3 */
#define UART0_DATA (*(volatile uint32_t *)0x40004000u)
#define UART0_STATE (*(volatile uint32_t *)0x40004004u)
#define UART0_CONTROL (*(volatile uint32_t *)0x40004008u)
#define UART0_BAUD_DIVIDER (*(volatile uint32_t *)0x40004010u)
#define UART_TX_FULL 1u
#define UART_TX_ENABLE 1u
#define UART_SMALLEST_DIVIDER 16u

/* Arm's semihosting specification, 2.0: SYS_EXIT_EXTENDED, ADP_Stopped_ApplicationExit */
#define SYS_EXIT_EXTENDED 0x20u
#define APPLICATION_EXIT 0x20026u

#define STACK_PAINT 0xA5u
#define PIECE_BYTES 51u
#define BUDGET_UNITS 4096u

#define INCLUDE_FILE(name, file)                                                                 \
    extern const uint8_t name[], name##_end[];                                                   \
    __asm__(".section .rodata." #name ",\"a\"\n.balign 4\n.global " #name "\n" #name ":\n"       \
            ".incbin \"" file "\"\n.global " #name "_end\n" #name "_end:\n.previous\n")

INCLUDE_FILE(base_image, BASE_FILE);
INCLUDE_FILE(patch, PATCH_FILE);

extern uint8_t stack_bottom[], stack_top[]; /* mps2_an385.ld */
int main(void);
void reset(void);

static uint8_t new_image[NEW_BYTES];
static uint8_t scratch[SCRATCH_BYTES];
static uint32_t state[STATE_BYTES / sizeof(uint32_t)];

static int read_base(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    (void)context;
    memcpy(bytes, base_image + offset, count);
    return 0;
}

static int write_new(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    (void)context;
    memcpy(new_image + offset, bytes, count);
    return 0;
}

static int scratch_erase(void *context, uint32_t count)
{
    (void)context;
    memset(scratch, 0xFF, count);
    return 0;
}

static int scratch_program(void *context, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    (void)context;
    memcpy(scratch + offset, bytes, count);
    return 0;
}

static int scratch_read(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    (void)context;
    memcpy(bytes, scratch + offset, count);
    return 0;
}

static const struct airdelta_ports ports = {.read_base = read_base,
                                            .write_new = write_new,
                                            .scratch_erase = scratch_erase,
                                            .scratch_program = scratch_program,
                                            .scratch_read = scratch_read,
                                            .scratch_bytes = SCRATCH_BYTES};

static airdelta_status __attribute__((noinline)) decode(void)
{
    uint32_t patch_bytes = (uint32_t)(patch_end - patch);
    struct airdelta_sizes sizes = {(uint32_t)(base_image_end - base_image), NEW_BYTES, patch_bytes};
    airdelta_status status = airdelta_begin(state, sizeof state, &ports, &sizes);
    uint32_t position = 0;
    while (status > AIRDELTA_DONE) {
        uint32_t left = patch_bytes - position;
        size_t taken;
        status = airdelta_feed(state, patch + position, left < PIECE_BYTES ? left : PIECE_BYTES,
                               &taken);
        position += taken;
        if (status > AIRDELTA_DONE) status = airdelta_step(state, BUDGET_UNITS);
    }
    return status;
}

/* CRC-32 of ISO/IEC/IEEE 8802-3, as in zlib. */
static uint32_t crc32(const uint8_t *bytes, uint32_t count)
{
    uint32_t crc = UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1u ? 0xEDB88320u : 0u);
    }
    return ~crc;
}

static void put_text(const char *text)
{
    for (; *text != '\0'; text++) {
        while (UART0_STATE & UART_TX_FULL) {
        }
        UART0_DATA = (uint8_t)*text;
    }
}

static void put_number(uint32_t number, uint32_t base, uint32_t least_digits)
{
    char digits[11];
    char *next = digits + sizeof digits - 1;
    *next = '\0';
    for (uint32_t count = 0; number > 0 || count < least_digits; count++, number /= base) {
        *--next = "0123456789abcdef"[number % base];
    }
    put_text(next);
}

static void stop(uint32_t exit_code)
{
    const uint32_t block[] = {APPLICATION_EXIT, exit_code};
    register uint32_t operation __asm__("r0") = SYS_EXIT_EXTENDED;
    register const uint32_t *argument __asm__("r1") = block;
    __asm__ volatile("bkpt 0xAB" : "+r"(operation) : "r"(argument) : "memory");
}

int main(void)
{
    uint8_t *here = __builtin_frame_address(0);
    /* what main itself uses below `here` is not painted, and counts as the decoder's */
    memset(stack_bottom, STACK_PAINT, (size_t)(here - stack_bottom) - 128u);
    airdelta_status status = decode();
    const uint8_t *deepest = stack_bottom;
    while (*deepest == STACK_PAINT) deepest++;

    UART0_BAUD_DIVIDER = UART_SMALLEST_DIVIDER;
    UART0_CONTROL = UART_TX_ENABLE;
    put_text("status ");
    put_number((uint32_t)(status < 0 ? -status : status), 10, 1);
    put_text(", ");
    put_number(airdelta_written_bytes(state), 10, 1);
    put_text(" bytes, crc32 ");
    put_number(crc32(new_image, NEW_BYTES), 16, 8);
    put_text(", stack ");
    put_number((uint32_t)(here - deepest), 10, 1);
    put_text(" bytes\n");
    return status == AIRDELTA_DONE ? 0 : 1;
}

void reset(void)
{
    stop((uint32_t)main());
}

static void fault(void)
{
    put_text("fault\n");
    stop(2);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[] = {
    stack_top, (const void *)reset, (const void *)fault, (const void *)fault,
};
