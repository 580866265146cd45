"""The bytes that LoRaWAN puts around an application payload.

```
PHYPayload = MHDR 1 | FHDR 7 (DevAddr 4, FCtrl 1, FCnt 2) | FPort 1 | FRMPayload N | MIC 4
MACPayload M = FHDR + FPort + FRMPayload
```
FOpts is empty: MAC commands that ride along with an update would only shrink one frame of many.
"""

MAC_HEADER_BYTES = 8
"""FHDR without options, and FPort: M - N."""
PHY_HEADER_BYTES = 5
"""MHDR and MIC: PHYPayload - M."""
LORAWAN_OVERHEAD_BYTES = MAC_HEADER_BYTES + PHY_HEADER_BYTES
"""PHYPayload - N."""


def application_bytes(mac_payload_bytes: int) -> int:
    """Return N, the application bytes in a MACPayload of size M; 0 if not even headers fit."""
    return max(mac_payload_bytes - MAC_HEADER_BYTES, 0)


def phy_payload_bytes(application_payload_bytes: int) -> int:
    """Return the size of the PHYPayload that carries so many application bytes."""
    return application_payload_bytes + LORAWAN_OVERHEAD_BYTES
