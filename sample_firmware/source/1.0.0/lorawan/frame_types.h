/* The first bytes of every frame (LoRaWAN 1.0.4, sections 4.2 and 4.3.1). */
#ifndef LORAWAN_FRAME_TYPES_H
#define LORAWAN_FRAME_TYPES_H

#define MHDR_JOIN_REQUEST 0x00u
#define MHDR_JOIN_ACCEPT 0x20u
#define MHDR_UNCONFIRMED_UP 0x40u
#define MHDR_UNCONFIRMED_DOWN 0x60u
#define MHDR_CONFIRMED_UP 0x80u
#define MHDR_CONFIRMED_DOWN 0xA0u

#define FCTRL_ADR 0x80u
#define FCTRL_ADR_ACK_REQUEST 0x40u
#define FCTRL_ACK 0x20u
#define FCTRL_OPTIONS_MASK 0x0Fu

#endif
