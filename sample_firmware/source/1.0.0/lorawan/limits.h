/* Sizes of LoRaWAN 1.0.4 frames. */
#ifndef LORAWAN_LIMITS_H
#define LORAWAN_LIMITS_H

#define LORAWAN_FRAME_BYTES 255   /* the radio's FIFO */
#define LORAWAN_OPTIONS_BYTES 15  /* FOpts */
#define LORAWAN_PAYLOAD_BYTES 222 /* EU868 DR4 and DR5, behind a repeater */
#define LORAWAN_HEADER_BYTES 8    /* MHDR, DevAddr, FCtrl, FCnt */
#define LORAWAN_MIC_BYTES 4

#endif
