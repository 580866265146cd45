"""The compiled device library on its bench: C declarations, sources, and how it is found."""

from importlib import import_module
from pathlib import Path
from typing import Final, cast

from device_apply.flash_model import native as flash_model
from device_apply.flash_model.native import Native

_ROOT: Final = Path(__file__).parents[3]
FOLDER: Final = Path("device_apply/core/device")
"""From the root of the source tree, as setuptools wants it."""
CODEC_FOLDER: Final = FOLDER.parent


def _sources(folder: Path) -> tuple[Path, ...]:
    """Return the C sources in a folder; none where the package is installed without them."""
    return tuple(path.relative_to(_ROOT) for path in sorted((_ROOT / folder).glob("*.c")))


BOOTLOADER_SOURCES: Final = _sources(FOLDER / "boot")
APPLICATION_SOURCES: Final = _sources(FOLDER / "app")
INSTALLER_SOURCES: Final = _sources(FOLDER / "installer")
COMPILER_SOURCES: Final = _sources(FOLDER / "compiler")
SECURE_BOOT_SOURCES: Final = _sources(FOLDER / "secure_boot")
CONFIGURATION_SOURCES: Final = _sources(FOLDER / "configuration")
RECOVERY_SOURCES: Final = _sources(FOLDER / "recovery")
DIGEST_SOURCES: Final = _sources(FOLDER / "sha256")
SMP_SOURCES: Final = _sources(FOLDER / "recovery_smp")
CODEC_SOURCES: Final = _sources(CODEC_FOLDER / "src")
SOURCES: Final = (
    *BOOTLOADER_SOURCES,
    *INSTALLER_SOURCES,
    *APPLICATION_SOURCES,
    *COMPILER_SOURCES,
    *SECURE_BOOT_SOURCES,
    *RECOVERY_SOURCES,
    *CONFIGURATION_SOURCES,
    *SMP_SOURCES,
    *DIGEST_SOURCES,
    *CODEC_SOURCES,
    *_sources(FOLDER / "bench"),
    *flash_model.SOURCES,
)
INCLUDE_FOLDERS: Final = (
    FOLDER / "include",
    FOLDER / "boot",
    FOLDER / "installer",
    FOLDER / "app",
    FOLDER / "configuration",
    FOLDER / "compiler",
    CODEC_FOLDER / "include",
    CODEC_FOLDER / "src",
    FOLDER / "recovery_smp",
    FOLDER / "bench",
    flash_model.FOLDER,
)
EXTENSION: Final = "device_apply.core.device._bench"

DECLARATIONS: Final = (
    flash_model.DECLARATIONS
    + """
    struct airdelta_region { uint32_t offset; uint32_t bytes; };
    struct airdelta_installer;
    struct airdelta_layout {
        struct airdelta_region slots[2];
        struct airdelta_region download;
        struct airdelta_region state;
        struct airdelta_region scratch;
        struct airdelta_region journal;
        struct airdelta_region stash;
        uint32_t page_bytes;
        const struct airdelta_installer *installer;
        uint32_t state_bank_bytes;
        uint16_t write_unit_bytes;
        uint8_t erased_value;
        uint8_t takes_reprogramming;
        uint8_t is_per_slot;
    };
    struct airdelta_image { uint32_t bytes; uint8_t digest[32]; };
    struct airdelta_slot_record { struct airdelta_image image; uint32_t security_counter; };
    struct airdelta_state {
        uint8_t lifecycle;
        uint8_t confirmed_slot;
        uint8_t trial_slot;
        uint8_t attempts_left;
        uint32_t security_counter;
        struct airdelta_slot_record slots[2];
        uint8_t package_digest[32];
    };
    struct airdelta_boot_report {
        struct airdelta_image image;
        uint8_t slot;
        uint8_t is_trial;
        uint8_t attempts_left;
    };
    struct airdelta_chunks { uint32_t chunk_bytes; uint16_t hash_bytes; uint16_t hashes_at; };
    struct airdelta_manifest {
        uint32_t security_counter;
        uint32_t payload_format;
        uint8_t vendor_id[16];
        uint8_t class_id[16];
        struct airdelta_image new_image;
        struct airdelta_image base_image;
        struct airdelta_image payload;
        struct airdelta_chunks chunks;
        uint8_t has_base;
        uint8_t slot;
    };

    struct bench;
    const struct airdelta_installer *bench_installer(uint32_t kind);
    struct bench *bench_new(const struct flash_model_part *part,
                            const struct airdelta_layout *layout, const uint8_t *vendor_id,
                            const uint8_t *class_id, uint32_t work_bytes);
    void bench_free(struct bench *bench);
    struct flash_model *bench_flash(struct bench *bench);
    void bench_trust(struct bench *bench, int32_t algorithm, const uint8_t *message,
                     const uint8_t *signature);
    struct bench_payload {
        uint32_t payload_format;
        uint32_t payload_bytes;
        uint32_t base_bytes;
        uint32_t new_bytes;
        const uint8_t *payload;
        const uint8_t *base;
    };
    struct bench_host {
        void *context;
        int (*verify)(void *context, int32_t algorithm, const uint8_t *message, uint32_t count,
                      const uint8_t *signature);
        uint32_t (*memory_bytes)(void *context, const struct bench_payload *payload);
        int (*decode)(void *context, const struct bench_payload *payload, uint8_t *new_image);
    };
    int bench_lend_host(struct bench *bench, const struct bench_host *host,
                        const uint32_t *formats, uint32_t count);
    void bench_permit(struct bench *bench, int may_commit);
    void bench_set_clock(struct bench *bench, uint32_t now_ms);
    int bench_put_image(struct bench *bench, uint8_t slot, const uint8_t *image, uint32_t bytes);
    int bench_provision(struct bench *bench, uint8_t slot, const uint8_t *image, uint32_t bytes,
                        uint32_t security_counter);
    int bench_boot(struct bench *bench);
    int bench_offer_slice(struct bench *bench, const uint8_t *head, uint32_t head_bytes,
                          uint32_t fragment_bytes);
    int bench_offer(struct bench *bench, const uint8_t *head, uint32_t head_bytes,
                    uint32_t fragment_bytes);
    int bench_receive(struct bench *bench, uint32_t index, const uint8_t *bytes, uint32_t count);
    int bench_deliver(struct bench *bench, const uint8_t *payload, uint32_t payload_bytes,
                      uint32_t fragment_bytes);
    int bench_install(struct bench *bench);
    int bench_install_slice(struct bench *bench);
    int bench_confirm(struct bench *bench);
    int bench_recover(struct bench *bench);
    int bench_hear(struct bench *bench, const uint8_t *bytes, uint32_t count);
    uint32_t bench_said(struct bench *bench, uint8_t *bytes, uint32_t count);
    int bench_abandon(struct bench *bench);
    void bench_trust_message(struct bench *bench, int32_t algorithm, const uint8_t *message,
                             uint32_t count, const uint8_t *signature);
    void bench_require_signatures(struct bench *bench);
    void bench_identify(struct bench *bench, const uint8_t *device_id);
    int bench_is_signed(struct bench *bench, uint32_t offset, uint32_t bytes);
    uint8_t bench_rom_choose(struct bench *bench, const struct airdelta_region *copies,
                             uint8_t count);
    void bench_place_configuration(struct bench *bench, const struct airdelta_region *regions,
                                   uint32_t index_bank_bytes, const uint8_t *key);
    int bench_create_configuration(struct bench *bench);
    int bench_open_configuration(struct bench *bench);
    int bench_follow_update(struct bench *bench);
    int bench_store_configuration(struct bench *bench);
    int bench_put_entry(struct bench *bench, uint16_t type, const uint8_t *value, uint16_t count);
    const uint8_t *bench_get_entry(struct bench *bench, uint16_t type, uint16_t *count);
    int bench_recovery_begin(struct bench *bench, uint32_t package_bytes,
                             uint32_t least_security_counter);
    int bench_recovery_take(struct bench *bench, const uint8_t *bytes, uint32_t count);
    int bench_recover_from(struct bench *bench, const uint8_t *package, uint32_t count,
                           uint32_t piece_bytes);
    uint32_t bench_next_missing(struct bench *bench, uint32_t from);
    int bench_is_stalled(struct bench *bench);
    void bench_state(const struct bench *bench, struct airdelta_state *state);
    void bench_report(const struct bench *bench, struct airdelta_boot_report *report);
    uint32_t bench_longest_slice(const struct bench *bench);
    int bench_slot_is(struct bench *bench, uint8_t slot, const uint8_t *image, uint32_t bytes);
    int bench_read_manifest(const uint8_t *bytes, uint32_t count,
                            struct airdelta_manifest *manifest);
    int bench_admit(struct bench *bench, const uint8_t *head, uint32_t head_bytes);
    uint8_t bench_next_lifecycle(uint8_t lifecycle, uint32_t event);
    void bench_sha256(const uint8_t *bytes, uint32_t count, uint32_t step, uint8_t *digest);
    uint32_t bench_device_bytes(void);
    int bench_log_create(struct bench *bench, uint32_t value);
    int64_t bench_log_open(struct bench *bench);
    int bench_log_append(struct bench *bench, uint32_t value);

    struct sweep_cut { uint32_t operation; uint32_t variant; uint32_t seed; };
    struct sweep_case { struct sweep_cut cuts[9]; uint32_t count; };
    struct sweep_update {
        const uint8_t *head;
        const uint8_t *payload;
        const uint8_t *base;
        const uint8_t *new_image;
        uint32_t head_bytes;
        uint32_t payload_bytes;
        uint32_t base_bytes;
        uint32_t new_bytes;
        uint32_t base_counter;
        uint32_t new_counter;
        uint32_t fragment_bytes;
    };
    struct sweep_result {
        uint32_t verdict;
        int32_t status;
        uint32_t boots;
        uint32_t operations;
        uint32_t cuts;
    };
    struct sweep_report {
        uint32_t cases;
        uint32_t boots;
        uint32_t failures;
        struct sweep_case first_failure;
        struct sweep_result first_result;
    };
    struct sweep;
    struct sweep *sweep_new(struct bench *bench, const struct sweep_update *update);
    void sweep_free(struct sweep *sweep);
    void sweep_run(struct sweep *sweep, const struct sweep_case *cuts,
                   struct sweep_result *result);
    void sweep_single_cuts(struct sweep *sweep, uint32_t first, uint32_t last, uint32_t seed,
                           struct sweep_report *report);
    void sweep_drawn_cuts(struct sweep *sweep, uint32_t first_seed, uint32_t count,
                          uint32_t most_cuts, struct sweep_report *report);
    void sweep_short_boots(struct sweep *sweep, uint32_t operations, uint32_t variant,
                           struct sweep_result *result);
"""
)


HOST_CALLBACKS: Final = """
    extern "Python" {
        int airdelta_host_verify(void *, int32_t, const uint8_t *, uint32_t, const uint8_t *);
        uint32_t airdelta_host_memory_bytes(void *, const struct bench_payload *);
        int airdelta_host_decode(void *, const struct bench_payload *, uint8_t *);
    }
"""
"""What `host.py` does for the device; the functions of a `bench_host`."""


def installed_bench() -> Native:
    """Return the extension that the installation built.

    Raises:
        ImportError: it did not; `pip install .` does.
    """
    return cast("Native", import_module(EXTENSION))
