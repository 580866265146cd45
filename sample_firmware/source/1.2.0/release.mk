# Release 1.2.0: the LoRaWAN stack no longer keeps state in its modules: one `struct lorawan_node`
# holds it all and is passed along, and the stack calls its host through `struct lorawan_host`
# instead of including headers of the application. lorawan/session.[ch] became lorawan/node.[ch].
# What the node does is unchanged. Modules are now linked in the order of their layers.
include source/1.1.0/release.mk
layers := 1.2.0 $(layers)

modules := \
  lib/ring_buffer.c lib/checksums.c lib/fixed_point.c lib/text.c lib/calendar.c lib/statistics.c \
  lib/median_filter.c \
  crypto/aes128.c crypto/cmac.c \
  os/scheduler.c os/event_log.c os/wall_clock.c os/crash_record.c \
  console/output.c console/console.c \
  config/record_store.c config/settings.c \
  drivers/barometer.c drivers/hygrometer.c drivers/soil_probe.c drivers/sensor_health.c \
  drivers/battery_gauge.c drivers/radio_timing.c drivers/radio_sx1262.c \
  simulation/environment.c simulation/barometer_model.c simulation/hygrometer_model.c \
  simulation/soil_probe_model.c simulation/sensor_bus.c simulation/sx1262_model.c \
  lorawan/node.c lorawan/region.c lorawan/duty_cycle.c lorawan/frame_security.c \
  lorawan/mac_commands.c lorawan/adaptive_rate.c lorawan/uplink_frame.c lorawan/downlink_frame.c \
  lorawan/join.c lorawan/receive_windows.c \
  app/energy.c app/derived.c app/sampler.c app/history.c app/history_upload.c app/alarms.c \
  app/report.c app/link.c app/reporter.c app/remote_control.c app/clock_sync.c app/self_test.c \
  app/commands_system.c app/commands_memory.c app/commands_measuring.c app/commands_soil.c \
  app/commands_config.c app/commands_lorawan.c app/main.c \
  board/image_header.c
