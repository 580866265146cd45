/* Guessing what an image is: its architecture and its load address, see encoder.h. */
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "relocation.h"

#define BUCKETS (1u << 20)

/* Walk over the image as code and count the calls to each offset; returns the number of calls. */
static uint32_t count_calls(const uint8_t *padded, uint32_t image_bytes,
                            enum ad_architecture architecture, uint16_t *calls_to)
{
    uint32_t calls = 0;
    uint32_t step = ad_code_alignment(architecture);
    for (uint32_t offset = 0; offset + 4u < image_bytes;) {
        struct ad_instruction field = ad_find_instruction(architecture, padded + offset, offset);
        if (field.kind == AD_FIELD_CALL ||
            (architecture == AD_ARCH_AVR && field.kind == AD_FIELD_BRANCH)) { /* RCALL */
            calls++;
            if (field.target < image_bytes && calls_to[field.target] < UINT16_MAX) {
                calls_to[field.target]++;
            }
        }
        offset += field.length > step ? field.length : step;
    }
    return calls;
}

static uint8_t *pad(const uint8_t *image, uint32_t image_bytes)
{
    uint8_t *padded = calloc((size_t)image_bytes + AD_LOOK_BEHIND + AD_LOOK_AHEAD, 1);
    if (padded) memcpy(padded + AD_LOOK_BEHIND, image, image_bytes);
    return padded;
}

/* The word that a load from the literal pool fetches, or the address that instructions spell out. */
static int spelled_value(const uint8_t *code, uint32_t image_bytes,
                         const struct ad_instruction *field, uint32_t *value)
{
    *value = field->target;
    if (field->kind != AD_FIELD_LITERAL) return field->is_value;
    if (field->target % 4u != 0 || field->target >= image_bytes) return 0;
    *value = ad_get32(code + field->target);
    return 1;
}

int32_t ad_spelled_values(const uint8_t *image, uint32_t image_bytes, int32_t architecture,
                          uint32_t *values)
{
    enum ad_architecture number = (enum ad_architecture)architecture;
    uint32_t step = ad_code_alignment(number);
    uint8_t *padded = pad(image, image_bytes);
    int32_t count = 0;
    if (!padded) return -1;
    const uint8_t *code = padded + AD_LOOK_BEHIND;
    for (uint32_t offset = 0; offset < image_bytes;) {
        struct ad_instruction field = ad_find_instruction(number, code + offset, offset);
        count += spelled_value(code, image_bytes, &field, &values[count]);
        offset += field.length > step ? field.length : step;
    }
    free(padded);
    return count;
}

int32_t ad_code_likeness(const uint8_t *image, uint32_t image_bytes, int32_t architecture)
{
    uint8_t *padded = pad(image, image_bytes);
    uint16_t *calls_to = calloc((size_t)image_bytes + 1u, sizeof *calls_to);
    uint64_t agreeing = 0;
    if (padded && calls_to) {
        count_calls(padded + AD_LOOK_BEHIND, image_bytes, (enum ad_architecture)architecture,
                    calls_to);
        for (uint32_t i = 0; i < image_bytes; i++) {
            if (calls_to[i] >= 2u) agreeing += calls_to[i];
        }
    }
    free(padded);
    free(calls_to);
    return (int32_t)(agreeing * 16384u / (image_bytes + 1u));
}


/* Whether a function usually begins like this. */
static int is_prologue(const uint8_t *code, enum ad_architecture architecture)
{
    uint32_t half = ad_get16(code);
    uint32_t word = ad_get32(code);
    switch (architecture) {
    case AD_ARCH_THUMB: /* PUSH {.., lr}, PUSH.W */
        return (half & 0xFF00u) == 0xB500u || half == 0xE92Du;
    case AD_ARCH_ARM: /* PUSH {.., lr} */
        return (word & 0xFFFF4000u) == 0xE92D4000u;
    case AD_ARCH_AARCH64: /* STP x29, x30, [sp, #-n]! */
        return (word & 0xFFC07FFFu) == 0xA9807BFDu;
    case AD_ARCH_RISCV32:
    case AD_ARCH_RISCV64: /* C.ADDI16SP and C.ADDI sp, negative */
        return (half & 0xFF83u) == 0x7101u || (half & 0xFF83u) == 0x1101u;
    case AD_ARCH_XTENSA: /* ENTRY a1; ADDI a1, a1, -n */
        return (code[0] == 0x36u && (code[1] & 15u) == 1u) || half == 0xC112u;
    default:
        return 0;
    }
}

#define STRING_BYTES 6u /* shorter ones are chance */

static int is_text(uint8_t byte)
{
    return (byte >= 0x20u && byte < 0x7Fu) || (byte >= 0x09u && byte <= 0x0Du);
}

/* Whether a string begins like this: behind the end of another, or of something else. */
static int is_string_start(const uint8_t *bytes)
{
    uint32_t length = 0;
    if (bytes[-1] != 0) return 0;
    while (length < STRING_BYTES && is_text(bytes[length])) length++;
    return length == STRING_BYTES;
}

/* Words that may be pointers; of 64-bit words those with nothing in the upper half. */
static uint32_t collect_pointers(const uint8_t *padded, uint32_t image_bytes,
                                 enum ad_architecture architecture, uint32_t *words)
{
    uint32_t count = 0;
    int is_wide = architecture == AD_ARCH_AARCH64 || architecture == AD_ARCH_RISCV64;
    for (uint32_t i = 0; i + 8u <= image_bytes; i += is_wide ? 8u : 4u) {
        if (is_wide && ad_get32(padded + i + 4u) != 0) continue;
        words[count++] = ad_get32(padded + i);
    }
    return count;
}

static int compare_words(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static uint32_t sort_distinct(uint32_t *words, uint32_t count)
{
    uint32_t kept = 0;
    qsort(words, count, sizeof *words, compare_words);
    for (uint32_t i = 0; i < count; i++) {
        if (kept == 0 || words[kept - 1u] != words[i]) words[kept++] = words[i];
    }
    return kept;
}

/* Votes for (pointer - entry) as load address: 2^20 buckets, each for the address that leads it. */
struct ballot {
    uint32_t address[BUCKETS];
    uint32_t votes[BUCKETS];
};

static void vote(struct ballot *ballot, uint32_t address)
{
    uint32_t bucket = (address * 0x9E3779B1u) >> 12;
    if (ballot->address[bucket] == address) {
        ballot->votes[bucket]++;
    } else if (ballot->votes[bucket] == 0) {
        ballot->address[bucket] = address;
        ballot->votes[bucket] = 1;
    } else {
        ballot->votes[bucket]--;
    }
}

struct evidence {
    const uint32_t *words; /* distinct, ascending */
    uint32_t word_count;
    const uint16_t *entries;
    uint32_t entry_count;
    uint32_t image_bytes;
    uint32_t odd;
    uint32_t step;
};

/* How many more pointers go to entries than chance explains, if the image stands at `address`. */
static int64_t score_address(const struct evidence *evidence, uint32_t address)
{
    uint32_t low = 0;
    uint32_t high = evidence->word_count;
    uint32_t hits = 0;
    uint32_t inside = 0;
    while (low < high) {
        uint32_t middle = (low + high) / 2u;
        if (evidence->words[middle] < address) low = middle + 1u; else high = middle;
    }
    for (; low < evidence->word_count; low++) {
        uint32_t within = evidence->words[low] - address;
        if (within >= evidence->image_bytes) break;
        inside++;
        within -= evidence->odd;
        if (within < evidence->image_bytes && evidence->entries[within]) hits++;
    }
    uint64_t chance = (uint64_t)inside * evidence->entry_count * evidence->step /
                      (evidence->image_bytes + 1u);
    return (int64_t)hits - 2 * (int64_t)chance;
}

#define HIGHEST_END 0xE0000000u /* private peripherals and the like begin here */
#define SAMPLED_POINTERS 3000u
#define SAMPLED_ENTRIES 3000u

static void hold_ballot(struct ballot *ballot, const struct evidence *evidence, uint32_t mask)
{
    uint32_t entries[SAMPLED_ENTRIES];
    uint32_t entry_count = 0;
    uint32_t entry_stride = evidence->entry_count / SAMPLED_ENTRIES + 1u;
    uint32_t seen = 0;
    for (uint32_t i = 1; i < evidence->image_bytes && entry_count < SAMPLED_ENTRIES; i++) {
        if (evidence->entries[i] && seen++ % entry_stride == 0) entries[entry_count++] = i;
    }
    uint32_t stride = evidence->word_count / SAMPLED_POINTERS + 1u;
    for (uint32_t i = 0; i < evidence->word_count; i += stride) {
        uint32_t word = evidence->words[i];
        if ((word & 1u) != evidence->odd || word > HIGHEST_END) continue;
        for (uint32_t k = 0; k < entry_count; k++) {
            uint32_t address = word - evidence->odd - entries[k];
            if ((address & mask) == 0 && address <= word) vote(ballot, address);
        }
    }
}

uint32_t ad_guess_load_address(const uint8_t *image, uint32_t image_bytes, int32_t architecture,
                               uint32_t alignment, uint32_t *votes)
{
    uint8_t *padded = pad(image, image_bytes);
    uint16_t *entries = calloc((size_t)image_bytes + 1u, sizeof *entries);
    uint32_t *words = malloc(((size_t)image_bytes + 64u) * sizeof *words);
    struct ballot *ballot = calloc(1, sizeof *ballot);
    int64_t best_score = 0;
    uint32_t best = 0;
    if (padded && entries && words && ballot) {
        enum ad_architecture number = (enum ad_architecture)architecture;
        const uint8_t *code = padded + AD_LOOK_BEHIND;
        struct evidence evidence = {words, 0, entries, 0, image_bytes, number == AD_ARCH_THUMB,
                                    ad_code_alignment(number)};
        for (uint32_t i = 0; i < image_bytes; i += evidence.step) {
            entries[i] = (uint16_t)(number == AD_ARCH_NONE ? is_string_start(code + i)
                                                           : is_prologue(code + i, number));
            evidence.entry_count += entries[i];
        }
        uint32_t word_count = collect_pointers(code, image_bytes, number, words);
        evidence.word_count = sort_distinct(words, word_count);
        hold_ballot(ballot, &evidence, alignment - 1u);
        for (uint32_t i = 0; i < BUCKETS; i++) {
            if (ballot->votes[i] < 3u || ballot->address[i] > HIGHEST_END - image_bytes) continue;
            int64_t score = score_address(&evidence, ballot->address[i]);
            if (score > best_score) {
                best_score = score;
                best = ballot->address[i];
            }
        }
    }
    *votes = (uint32_t)best_score;
    free(padded);
    free(entries);
    free(words);
    free(ballot);
    return best;
}
