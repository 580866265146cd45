#include "payload_reader.h"

#include "airdelta_keys.h"
#include "download.h"

uint32_t dv_plain_bytes(const struct airdelta_manifest *manifest)
{
    uint32_t is_tagged = manifest->encryption.cipher == AIRDELTA_A128GCM;
    return manifest->payload.bytes - is_tagged * AIRDELTA_CIPHER_TAG_BYTES;
}

int dv_decrypt(const struct airdelta_device *device, uint32_t offset, uint8_t *bytes,
               uint32_t count)
{
    if (device->install.manifest.encryption.info_bytes == 0) return 1;
    return device->config->decryption->decrypt(device, offset, bytes, count);
}

uint32_t dv_payload_read(const struct airdelta_device *device, uint32_t offset, uint8_t *bytes,
                         uint32_t count)
{
    uint32_t taken = dv_download_read(device, offset, bytes, count);
    return dv_decrypt(device, offset, bytes, taken) ? taken : 0;
}
