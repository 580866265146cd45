#include "lorawan/join.h"

#include <string.h>

#include "crypto/aes128.h"
#include "crypto/cmac.h"
#include "lib/byte_order.h"
#include "lorawan/frame_types.h"
#include "lorawan/limits.h"
#include "lorawan/region.h"

#define ACCEPT_SHORT_BYTES 17 /* without a channel list */
#define ACCEPT_LONG_BYTES 33
#define KEY_TAG_NETWORK 0x01u
#define KEY_TAG_APPLICATION 0x02u
#define CHANNEL_LIST_CHANNELS 5

/* EUIs are written most significant byte first and sent the other way round. */
static void put_reversed(uint8_t *to, const uint8_t eui[LORAWAN_EUI_BYTES])
{
    for (int i = 0; i < LORAWAN_EUI_BYTES; i++) {
        to[i] = eui[LORAWAN_EUI_BYTES - 1 - i];
    }
}

static void put_code(const struct lorawan_node *node, uint8_t *frame, size_t size)
{
    struct cmac mac;
    uint8_t tag[AES128_BLOCK_BYTES];
    cmac_init(&mac, node->identity.application_root_key);
    cmac_update(&mac, frame, size);
    cmac_final(&mac, tag);
    memcpy(frame + size, tag, LORAWAN_MIC_BYTES);
}

bool join_request_build(struct lorawan_node *node, uint8_t frame[JOIN_REQUEST_BYTES])
{
    struct lorawan_identity *identity = &node->identity;
    if (identity->nonce == UINT16_MAX || !node->host->store_nonce(identity->nonce + 1u)) {
        return false;
    }
    identity->nonce++;
    frame[0] = MHDR_JOIN_REQUEST;
    put_reversed(frame + 1, identity->join_eui);
    put_reversed(frame + 9, identity->device_eui);
    put_le16(frame + 17, identity->nonce);
    put_code(node, frame, JOIN_REQUEST_BYTES - LORAWAN_MIC_BYTES);
    node->join_pending = true;
    return true;
}

bool join_is_accept(const uint8_t *frame, size_t size)
{
    return (size == ACCEPT_SHORT_BYTES || size == ACCEPT_LONG_BYTES) &&
           frame[0] == MHDR_JOIN_ACCEPT;
}

/* Session key: AES(AppKey, tag | JoinNonce | NetID | DevNonce | zeros), section 6.2.3. */
static void derive_key(const struct lorawan_node *node, uint8_t tag,
                       const uint8_t *nonce_and_network, uint8_t key[AES128_KEY_BYTES])
{
    struct aes128 cipher;
    memset(key, 0, AES128_KEY_BYTES);
    key[0] = tag;
    memcpy(key + 1, nonce_and_network, 6);
    put_le16(key + 7, node->identity.nonce);
    aes128_init(&cipher, node->identity.application_root_key);
    aes128_encrypt(&cipher, key);
}

static void add_channels(struct channel_plan *plan, const uint8_t *list)
{
    for (uint8_t i = 0; i < CHANNEL_LIST_CHANNELS; i++) {
        struct lorawan_channel channel = {
            .frequency_hz = get_le24(list + 3 * i) * 100u,
            .highest_rate = REGION_DATA_RATES - 1,
        };
        if (channel.frequency_hz != 0) {
            region_set_channel(plan, (uint8_t)(3 + i), &channel);
        }
    }
}

bool join_accept(struct lorawan_node *node, const uint8_t *frame, size_t size)
{
    if (!node->join_pending || !join_is_accept(frame, size)) {
        return false;
    }
    struct aes128 cipher;
    uint8_t plain[ACCEPT_LONG_BYTES + LORAWAN_MIC_BYTES];
    memcpy(plain, frame, size);
    aes128_init(&cipher, node->identity.application_root_key);
    for (size_t at = 1; at < size; at += AES128_BLOCK_BYTES) {
        aes128_encrypt(&cipher, plain + at);
    }
    uint8_t received[LORAWAN_MIC_BYTES];
    size_t covered = size - LORAWAN_MIC_BYTES;
    memcpy(received, plain + covered, sizeof received);
    put_code(node, plain, covered);
    if (!constant_time_equal(plain + covered, received, LORAWAN_MIC_BYTES)) {
        return false;
    }
    uint8_t network_key[AES128_KEY_BYTES];
    uint8_t application_key[AES128_KEY_BYTES];
    derive_key(node, KEY_TAG_NETWORK, plain + 1, network_key);
    derive_key(node, KEY_TAG_APPLICATION, plain + 1, application_key);
    lorawan_node_activate(node, get_le32(plain + 7), network_key, application_key);
    node->session.rx1_rate_offset = (plain[11] >> 4) & 0x07u;
    node->session.rx2_rate = plain[11] & 0x0Fu;
    node->session.rx1_delay_s = plain[12] == 0 ? 1 : plain[12] & 0x0Fu;
    if (size == ACCEPT_LONG_BYTES && plain[28] == 0) { /* list type 0: frequencies */
        add_channels(&node->plan, plain + 13);
    }
    node->join_pending = false;
    return true;
}
