/* The console's command groups; main.c decides which the node has. */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

/* version, uptime, tasks, energy, log, crash, selftest, reboot */
void commands_system_add(void);

/* image, dump */
void commands_memory_add(void);

/* read, sensors, stats, history, graph, alarms */
void commands_measuring_add(void);

/* config */
void commands_config_add(void);

/* join, abp, session, channels, send, upload, clock, downlink, airtime */
void commands_lorawan_add(void);

#endif
